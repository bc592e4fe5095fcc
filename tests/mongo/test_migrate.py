"""visionconnect migrate: from the embedded database to MongoDB, with everything that people and cameras hold."""

import os
import sqlite3
import subprocess

import pymongo
import pytest
from ready import ready
from service import Camera, Service, mongo_database, program


@pytest.fixture
def target():
    uri = mongo_database(os.environ["TEST_MONGO_URI"], f"vc_migrate_{os.urandom(6).hex()}")
    with pymongo.MongoClient(uri) as client:
        yield client.get_default_database(), uri
        client.drop_database(client.get_default_database())


def migrate(service, uri, *options):
    command = [program("visionconnect"), "migrate", "--to", uri, *options]
    return subprocess.run(
        command, env={**service.env, "MONGO_URI": ""}, cwd=service.folder, capture_output=True, text=True, timeout=600)


def add_many(service, owner, count):
    """Cameras in the embedded database, more than one page."""
    with sqlite3.connect(os.path.join(service.env["DATA_DIR"], "visionconnect.db")) as db:
        db.executemany(
            "INSERT INTO cameras (id, owner_id, state, device_name, device_uid, key, token_expires_ms, created_ms, "
            "activated_ms, connected_ms, first_frame_ms, last_seen_ms) VALUES (?, ?, 1, ?, ?, ?, 0, ?, 1, 1, 0, 0)",
            [(f"{n:024x}", owner, f"Camera {n}", f"many-{n}", bytes([n % 255 + 1]) * 32, 1700000000000 + n)
             for n in range(1, count + 1)])


def test_everything_moves(tmp_path, target):
    db, uri = target
    service = Service(tmp_path, MONGO_URI="")
    with service:
        user = service.user()
        kept, other = user.camera("kept"), user.camera("other")
        with kept.socket(), other.socket():
            pass
        waiting = user.onboard()
        words = f"/api/camera/devices/{kept.id}/stream-passwords"
        assert user.call("POST", words, json={"name": "tablet"}).status_code == 201
        again = Camera.activate(user, user.onboard(), "kept")  # its new key has not connected yet
        devices = user.call("GET", "/api/camera/devices").json()["devices"]
    add_many(service, user.id, 250)

    out = migrate(service, uri, "--dry-run")
    assert out.returncode == 0 and "users            1 would be moved" in out.stdout, out
    assert db.list_collection_names() == []
    out = migrate(service, uri)
    assert out.returncode == 0, out
    assert out.stdout.count("same content") == 4 and "DIFFERENT" not in out.stdout
    out = migrate(service, uri)
    assert out.returncode == 1 and "not empty" in out.stderr

    service.env["MONGO_URI"] = uri
    with service:
        ready(service)
        assert user.call("GET", "/api/me").status_code == 200  # the session and its token
        answer = service.call(
            "POST", "/api/token/refresh", json={"refresh_token": user.tokens["refresh_token"]})
        assert answer.status_code == 200
        body = {"email": user.email, "password": user.password}
        assert service.call("POST", "/api/login", json=body).status_code == 200
        for device in devices:
            now = user.call("GET", f"/api/camera/devices/{device['device_id']}").json()
            for word in ("device_name", "device_uid", "created_at", "activated_at"):
                assert now.get(word) == device.get(word), word
        assert [p["name"] for p in user.call("GET", words).json()["stream_passwords"]] == ["tablet"]
        with other.socket(), kept.socket():
            pass
        with again.socket():
            pass  # and the old key is no more
        pending = {"device_token": waiting["device_token"], "device_uid": "late"}
        assert service.call("POST", "/api/camera/activate", json=pending).status_code == 200
        count = db.cameras.count_documents({"status": "active"})
        assert count == 253
        gone = user.call("GET", f"/api/camera/check-status/{again.pending['device_token']}")
        assert gone.json()["device_id"] == kept.id


def test_a_kill_in_the_middle_is_gone_on_with(tmp_path, target, proxy):
    db, uri = target
    service = Service(tmp_path, MONGO_URI="")
    with service:
        user = service.user()
    add_many(service, user.id, 500)
    proxy.hush_at(200, "update", "cameras")
    command = [program("visionconnect"), "migrate", "--to", mongo_database(f"mongodb://{proxy.address}/", db.name)]
    run = subprocess.Popen(command, env={**service.env, "MONGO_URI": ""}, cwd=tmp_path, stdout=subprocess.PIPE)
    assert proxy.hushed.wait(120), "it did not come so far"
    run.kill()
    run.communicate()
    assert db.cameras.count_documents({}) == 199
    out = migrate(service, uri)
    assert out.returncode == 0, out
    assert db.cameras.count_documents({}) == 500


def test_what_it_refuses(tmp_path, target):
    db, uri = target
    service = Service(tmp_path, MONGO_URI="")
    assert migrate(service, uri).returncode == 1  # nothing to move
    with service:
        service.user()
    assert migrate(service, uri, "--nonsense").returncode == 2
    db.users.insert_one({"email": "somebody@example.com"})
    out = migrate(service, uri)
    assert out.returncode == 1 and "not empty" in out.stderr
