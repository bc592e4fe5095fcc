"""A database of the system people already run: written by its own libraries, adopted where it lies."""

import datetime
import json
import os
import uuid
from concurrent.futures import ThreadPoolExecutor

import bcrypt
import pymongo
import pytest
from bson import ObjectId
from ready import ready
from service import Service, mongo_database
from werkzeug.security import generate_password_hash

PASSWORD = "test123"
HASHES = {
    "pbkdf2": generate_password_hash(PASSWORD, method="pbkdf2:sha256:600000"),
    "million": generate_password_hash(PASSWORD, method="pbkdf2:sha256"),
    "scrypt": generate_password_hash(PASSWORD, method="scrypt"),
    "bcrypt": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(10)).decode(),
}


def iso(days_ago=0, seconds_ago=0):
    """As the older system writes it: UTC, no zone, microseconds."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    return (now - datetime.timedelta(days=days_ago, seconds=seconds_ago)).isoformat()


@pytest.fixture
def database():
    uri = mongo_database(os.environ["TEST_MONGO_URI"], f"vc_adopt_{os.urandom(6).hex()}")
    with pymongo.MongoClient(uri) as client:
        yield client.get_default_database(), uri
        client.drop_database(client.get_default_database())


def serve(folder, uri, **env):
    return Service(folder, MONGO_URI=uri, MONGO_TIMEOUT_MS="60000", **env)


def add_camera(at, owner, **members):
    document = {
        "device_name": "My Camera",
        "camera_model": "ESP32_CAM_AI_THINKER",
        "owner_id": str(owner),
        "wifi_ssid": "MyWiFi",
        "device_token": str(uuid.uuid4()),
        "device_uid": None,
        "status": "pending",
        "local_ip": None,
        "created_at": iso(1),
        "activated_at": None,
        **members,
    }
    at.insert_one(document)
    return document


def fill(db, cameras="camera"):
    """Users of every kind of hash; the first has cameras of every kind."""
    users = {}
    for name, encoded in HASHES.items():
        document = {"email": f"{name}@Example.com", "password": encoded, "created_at": None}
        users[name] = db.users.insert_one(document).inserted_id
    db.users.insert_one({"email": "PBKDF2@example.com ", "password": "x", "created_at": None})
    owner, at = users["pbkdf2"], db[cameras]
    made = {
        "active": add_camera(
            at, owner, device_name="Door", status="active", device_uid="uid-1", local_ip="192.168.1.9",
            activated_at=iso(1), created_at=iso(2)),
        "pending": add_camera(at, owner, device_name="Never"),
        "other": add_camera(at, users["scrypt"], status="active", device_uid="uid-1", activated_at=iso(3)),
        "by_oid": add_camera(at, owner, owner_id=owner, status="active", device_uid="uid-2", activated_at=iso(1)),
        "twice": add_camera(at, owner, device_name="Door again", status="active", device_uid="uid-1"),
    }
    made["onvif"] = {
        "_id": ObjectId(), "device_name": "Shed", "owner_id": str(owner), "status": "active", "camera_ip": "10.0.0.7",
        "onvif_port": 80, "onvif_username": "admin", "onvif_password": "plain-secret",
        "rtsp_url_main": "rtsp://admin:plain-secret@10.0.0.7/1", "created_at": iso(4)}
    at.insert_one(made["onvif"])
    made["text_id"] = add_camera(at, owner, _id=str(ObjectId()), status="active", device_uid="uid-3")
    at.insert_one({"uid": "old", "model": "X", "owner_id": str(owner), "setup_token": "12345678", "status": "created"})
    return users, made


def login(service, email):
    return service.call("POST", "/api/login", json={"email": email, "password": PASSWORD})


@pytest.mark.parametrize("cameras", ["camera", "cameras"])
def test_its_users_and_cameras_are_let_in(tmp_path, database, cameras):
    db, uri = database
    users, made = fill(db, cameras)
    with serve(tmp_path, uri, MONGO_POOL="1") as service:
        ready(service)
        for name in HASHES:
            answer = login(service, f"{name}@example.com")
            assert answer.status_code == 200, (name, answer.text)
            assert answer.json()["user_id"] == str(users[name])
            assert db.users.find_one({"_id": users[name]})["password"].startswith("$argon2id$"), name
            assert login(service, f"{name.upper()}@EXAMPLE.com").status_code == 200
            wrong = {"email": f"{name}@example.com", "password": "test124"}
            assert service.call("POST", "/api/login", json=wrong).status_code == 401
        bearer = {"Authorization": f"Bearer {login(service, 'pbkdf2@example.com').json()['access_token']}"}
        listed = service.call("GET", "/api/camera/devices", headers=bearer).json()["devices"]
        by_id = {d["device_id"]: d for d in listed}
        assert set(by_id) == {str(made[n]["_id"]) for n in ("active", "by_oid", "twice", "onvif", "text_id")}
        door = by_id[str(made["active"]["_id"])]
        assert door["device_name"] == "Door" and door["wifi_ssid"] == "MyWiFi" and door["local_ip"] == "192.168.1.9"
        assert door["created_at"][:19] == made["active"]["created_at"][:19]
        assert door["activated_at"][:19] == made["active"]["activated_at"][:19]
        # the newer of the two that say uid-1 has the label
        assert by_id[str(made["twice"]["_id"])]["device_uid"] == "uid-1" and not door["device_uid"]

        # an onboarding of before is over; a camera that was active gets a key by a new one, and stays itself
        pending = service.call("GET", f"/api/camera/check-status/{made['pending']['device_token']}")
        assert pending.status_code in (404, 410) or not pending.json()["activated"]
        wish = {"camera_model": "ESP32_CAM_AI_THINKER", "wifi_ssid": "MyWiFi", "wifi_password": "mypassword"}
        again = service.call("POST", "/api/camera/onboard", json=wish, headers=bearer).json()
        body = {"device_token": again["device_token"], "device_uid": "uid-2"}
        answer = service.call("POST", "/api/camera/activate", json=body)
        assert answer.status_code == 200 and answer.json()["device_id"] == str(made["by_oid"]["_id"])
        log = service.output()
    everything = json.dumps([list(db[c].find()) for c in ("users", "cameras")], default=str)
    for camera in made.values():
        assert camera.get("device_token", "never") not in everything
    assert "plain-secret" not in everything and "12345678" not in everything
    assert "store.adopted users=5 cameras=8" in log
    assert log.count("store.adopt_duplicate") == 2


def test_it_happens_once(tmp_path, database):
    db, uri = database
    fill(db)
    with serve(tmp_path / "a", uri) as service:
        ready(service)
    db.cameras.delete_many({})
    db.visionconnect.update_one({"_id": "schema"}, {"$set": {"seen": True}})
    with serve(tmp_path / "b", uri) as service:
        ready(service)
        assert db.cameras.count_documents({}) == 0
        assert db.camera.count_documents({}) == 8, "what is copied is left as it was"


def test_two_services_start_at_once(tmp_path, database):
    db, uri = database
    _, made = fill(db)
    owner = db.users.find_one({"email": "scrypt@Example.com"})["_id"]
    for n in range(300):
        add_camera(db.camera, owner, status="active", device_uid=f"many-{n}", created_at=iso(1, n))
    services = [serve(tmp_path / str(n), uri) for n in range(3)]
    with ThreadPoolExecutor(3) as many:
        list(many.map(lambda s: s.__enter__(), services))
    try:
        for service in services:
            ready(service)
            assert login(service, "scrypt@example.com").status_code == 200
        assert db.cameras.count_documents({"status": "active"}) == 306
        assert db.cameras.count_documents({"device_token": {"$exists": True}}) == 0
        assert sum("store.adopted" in s.output() for s in services) == 1
    finally:
        for service in services:
            service.stop()


def test_a_kill_in_the_middle_is_made_good(tmp_path, database, proxy):
    db, uri = database
    fill(db)
    owner = db.users.find_one({"email": "scrypt@Example.com"})["_id"]
    db.camera.insert_many(
        [{"device_name": f"n{n}", "camera_model": "X", "owner_id": str(owner), "device_token": str(uuid.uuid4()),
          "device_uid": f"many-{n}", "status": "active", "created_at": iso(1, n)} for n in range(600)])
    proxy.hush_at(200, "update", "cameras")
    service = serve(tmp_path, mongo_database(f"mongodb://{proxy.address}/", db.name))
    service.start()
    assert proxy.hushed.wait(120), "it did not come so far"
    service.stop(9)
    assert 0 < db.cameras.count_documents({"device_token": {"$exists": True}}) < 608
    db.visionconnect.update_one({"_id": "schema"}, {"$unset": {"lease_until": 1}})  # its time is up
    service.env["MONGO_URI"] = uri
    with service:
        ready(service)
        assert login(service, "scrypt@example.com").status_code == 200
        assert db.cameras.count_documents({"device_token": {"$exists": True}}) == 0
        assert db.cameras.count_documents({"status": "active", "created_at": {"$type": "date"}}) == 606
