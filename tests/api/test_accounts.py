"""Accounts and sessions, contract §1."""

import base64
import json
import time

import pytest
import requests
from service import until
from websockets.exceptions import InvalidStatus


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def is_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == code and body["status"] == status
    assert body["title"] and body["detail"] and body["type"]
    assert answer.headers["X-Request-Id"]
    return body


def test_register_and_login_as_the_readme_says(service):
    body = {"email": "test@example.com", "password": "test123"}
    made = service.call("POST", "/api/register", json=body)
    assert made.status_code == 201
    token = made.json()
    assert set(token) == {"user_id", "email", "access_token", "token_type", "expires_in", "refresh_token"}
    assert token["token_type"] == "bearer" and token["expires_in"] == 86400
    logged_in = service.call("POST", "/api/login", json=body)
    assert logged_in.status_code == 200
    assert set(logged_in.json()) == set(token)
    assert logged_in.json()["user_id"] == token["user_id"]
    assert made.headers["Cache-Control"] == "no-store"


def test_token_says_what_the_contract_names(service):
    user = service.user()
    said = claims(user.tokens["access_token"])
    assert said["sub"] == said["user_id"] == user.id
    assert said["email"] == user.email and said["sid"] and said["typ"] == "access"
    assert said["iss"] == said["aud"] == "visionconnect"
    assert said["exp"] - said["iat"] == 86400


def test_the_same_email_in_capitals_is_taken(service):
    user = service.user()
    answer = service.call("POST", "/api/register", json={"email": f"  {user.email.upper()} ", "password": "test123"})
    is_problem(answer, 409, "email_taken")


def test_user_names_are_unique_and_log_in(service):
    body = {"email": "named@example.com", "password": "test123", "username": "robo.cam"}
    assert service.call("POST", "/api/register", json=body).status_code == 201
    body["email"] = "other@example.com"
    is_problem(service.call("POST", "/api/register", json=body), 409, "username_taken")
    assert service.call("POST", "/api/login", json={"username": "robo.cam", "password": "test123"}).status_code == 200


@pytest.mark.parametrize(
    "body, field",
    [
        ({"email": "a@example.com"}, "password"),
        ({"password": "test123"}, "email"),
        ({"email": "", "password": "test123"}, "email"),
        ({"email": "no-at-sign", "password": "test123"}, "email"),
        ({"email": "a@example.com", "password": "12345"}, "password"),
        ({"email": "a@example.com", "password": "x" * 129}, "password"),
        ({"email": "a@example.com", "password": 123456}, "password"),
        ({"email": "a@example.com", "password": "nul\0inside"}, "password"),
        ({"email": "a" * 250 + "@example.com", "password": "test123"}, "email"),
        ({"email": "a@example.com", "password": "test123", "username": "No Spaces"}, "username"),
    ],
)
def test_register_says_which_member_is_wrong(service, body, field):
    problem = is_problem(service.call("POST", "/api/register", json=body), 422, "invalid")
    assert [e["field"] for e in problem["errors"]] == [field]
    assert all(e["message"] for e in problem["errors"])


# The last two hold numbers beyond what we read, be it in a member nobody knows: RFC 8259 §9 allows that limit.
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b'{"email":"\xff"}', b"{}x", b"[" * 100, b'{"x":1e999}', b'{"x":18446744073709551616}'])
def test_what_is_no_json_object_is_malformed(service, body):
    answer = service.call("POST", "/api/register", data=body, headers={"Content-Type": "application/json"})
    is_problem(answer, 400, "malformed")


def test_another_media_type_is_415(service):
    answer = service.call("POST", "/api/register", data=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_login_form_of_oauth2(service):
    user = service.user()
    form = {"username": user.email, "password": user.password, "grant_type": "password"}
    answer = service.call("POST", "/api/login", data=form)
    assert answer.status_code == 200 and answer.json()["user_id"] == user.id


def test_wrong_password_and_unknown_account_look_the_same(service):
    user = service.user()
    wrong = service.call("POST", "/api/login", json={"email": user.email, "password": "wrong-one"})
    unknown = service.call("POST", "/api/login", json={"email": "nobody@example.com", "password": "wrong-one"})
    for answer in (wrong, unknown):
        is_problem(answer, 401, "invalid_credentials")
        assert "WWW-Authenticate" in answer.headers
    assert wrong.json() == unknown.json()


def test_bad_tokens_are_refused(service):
    user = service.user()
    head, payload, mac = user.tokens["access_token"].split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    for token in ("", "x", f"{none}.{payload}.", f"{none}.{payload}.{mac}", f"{head}.{payload}.{mac[:-4]}AAAA"):
        answer = service.call("GET", "/api/me", headers={"Authorization": f"Bearer {token}"})
        is_problem(answer, 401, "unauthenticated")
    assert service.call("GET", "/api/me").status_code == 401
    assert user.call("GET", "/api/me").status_code == 200


def test_an_old_access_token_is_called_expired(fresh_service):
    service = fresh_service(ACCESS_TTL_S="1")
    user = service.user()
    until(lambda: user.call("GET", "/api/me").status_code != 200)
    is_problem(user.call("GET", "/api/me"), 401, "token_expired")


def test_me(service):
    user = service.user()
    me = user.call("GET", "/api/me").json()
    assert set(me) == {"user_id", "email", "username", "is_admin", "created_at"}
    assert me["email"] == user.email and me["is_admin"] is False


def test_refresh_spends_the_token_with_one_second_chance(service):
    user = service.user()
    first = user.tokens["refresh_token"]

    def refresh(token):
        return service.call("POST", "/api/token/refresh", json={"refresh_token": token})

    lost = refresh(first)
    assert lost.status_code == 200
    again = refresh(first)  # the answer was lost: once more
    assert again.status_code == 200
    assert refresh(lost.json()["refresh_token"]).status_code == 401  # the pair made before is dead, and was reused
    assert refresh(again.json()["refresh_token"]).status_code == 401  # so the session is gone
    is_problem(user.call("GET", "/api/me"), 401, "unauthenticated")


def test_knowing_a_session_ends_nothing(service):
    user = service.user()
    sid = claims(user.tokens["access_token"])["sid"]
    guess = f"vcr_{sid}_" + "A" * 43
    answer = service.call("POST", "/api/token/refresh", json={"refresh_token": guess})
    is_problem(answer, 401, "unauthenticated")
    assert user.call("GET", "/api/me").status_code == 200


def test_logout_ends_the_session(service):
    user = service.user()
    assert user.call("POST", "/api/logout").status_code == 204
    assert user.call("GET", "/api/me").status_code == 401


def test_registration_can_be_closed(fresh_service):
    service = fresh_service(REGISTRATION="closed")
    answer = service.call("POST", "/api/register", json={"email": "a@example.com", "password": "test123"})
    is_problem(answer, 403, "registration_closed")
    assert service.call("GET", "/api/health").json()["registration"] == "closed"


def test_logins_are_limited(fresh_service):
    service = fresh_service(RATE_LOGIN="5/h")
    codes = []
    for _ in range(7):
        answer = service.call("POST", "/api/login", json={"email": "a@example.com", "password": "wrong-one"})
        codes.append(answer.status_code)
    assert codes == [401] * 5 + [429] * 2
    is_problem(answer, 429, "rate_limited")
    assert int(answer.headers["Retry-After"]) > 0


# ---- the session cookie ----


def browser(service, **headers):
    session = requests.Session()
    session.headers.update(headers)
    return session


def test_cookie_is_set_for_our_own_page_only(service):
    user = service.user()
    body = {"email": user.email, "password": user.password}
    plain = service.call("POST", "/api/login", json=body)
    assert "Set-Cookie" not in plain.headers
    cross = service.call("POST", "/api/login", json=body, headers={"Sec-Fetch-Site": "cross-site"})
    assert "Set-Cookie" not in cross.headers
    same = service.call("POST", "/api/login", json=body, headers={"Sec-Fetch-Site": "same-origin"})
    cookie = same.headers["Set-Cookie"]
    assert cookie.startswith("session=")
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert attribute in cookie
    assert "Secure" not in cookie
    by_origin = service.call("POST", "/api/login", json=body, headers={"Origin": service.url})
    assert "session=" in by_origin.headers["Set-Cookie"]


def test_the_cookie_stays_secure_behind_a_tls_proxy_nobody_declared(fresh_service):
    """A page's GET carries no Origin, and its answer renews the cookie."""
    service = fresh_service(PUBLIC_URL="https://cam.example.org")
    ours = {"Sec-Fetch-Site": "same-origin", "Host": "cam.example.org"}
    body = {"email": "secure@example.com", "password": "test123"}
    made = service.call("POST", "/api/register", json=body, headers=ours | {"Origin": "https://cam.example.org"})
    assert made.headers["Set-Cookie"].endswith("; Secure")
    cookie = {"Cookie": made.headers["Set-Cookie"].split(";")[0]}
    assert service.call("GET", "/api/me", headers=ours | cookie).headers["Set-Cookie"].endswith("; Secure")
    assert "Secure" not in service.call("GET", "/api/me", headers=cookie).headers["Set-Cookie"]


def test_cookie_counts_as_bearer_but_changes_state_only_from_our_page(service):
    user = service.user()
    body = {"email": user.email, "password": user.password}
    session = requests.Session()
    session.post(service.url + "/api/login", json=body, headers={"Sec-Fetch-Site": "same-origin"})
    assert session.get(service.url + "/api/me").json()["user_id"] == user.id
    onboard = {"camera_model": "VIRTUAL_CAMERA", "wifi_ssid": "x", "wifi_password": ""}
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = session.post(service.url + "/api/camera/onboard", json=onboard, headers=headers)
        is_problem(answer, 403, "forbidden")
    answer = session.post(service.url + "/api/camera/onboard", json=onboard, headers={"Origin": service.url})
    assert answer.status_code == 201
    assert session.post(service.url + "/api/logout", headers={"Origin": service.url}).status_code == 204
    assert session.get(service.url + "/api/me").status_code == 401


def test_the_plain_form_works_without_script(service):
    user = service.user()
    page = service.call("GET", "/login")
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    session = requests.Session()
    form = {"username": user.email, "password": "wrong-one"}
    headers = {"Origin": service.url}
    wrong = session.post(service.url + "/login", data=form, headers=headers, allow_redirects=False)
    assert wrong.status_code == 401 and "Set-Cookie" not in wrong.headers
    assert wrong.headers["Content-Type"].startswith("text/html")
    form["password"] = user.password
    good = session.post(service.url + "/login", data=form, headers=headers, allow_redirects=False)
    assert good.status_code == 302 and good.headers["Location"] == "/"
    session.head(service.url + "/logout", headers={"Sec-Fetch-Site": "same-origin"})  # changes nothing
    assert session.get(service.url + "/api/me").status_code == 200
    out = session.get(service.url + "/logout", headers={"Sec-Fetch-Site": "same-origin"}, allow_redirects=False)
    assert out.status_code == 302 and out.headers["Location"] == "/login"
    assert session.get(service.url + "/api/me").status_code == 401


class Pace:
    """The longest time between two steps."""

    def __init__(self):
        self.longest_s, self.last = 0, time.monotonic()

    def step(self):
        now = time.monotonic()
        self.longest_s, self.last = max(self.longest_s, now - self.last), now


def slide(service, ttl_s, pace):
    """A session that is used, by cookie, and one that is not."""
    user, idle = service.user(), service.user()
    login = {"email": user.email, "password": user.password}
    used = requests.Session()
    with user.socket() as socket:  # by bearer: its session is not used again
        pace.step()
        used.post(service.url + "/api/login", json=login, headers={"Sec-Fetch-Site": "same-origin"})
        pace.step()
        end = time.monotonic() + 2 * ttl_s
        while time.monotonic() < end:
            assert used.get(service.url + "/api/me").status_code == 200
            pace.step()
        assert idle.call("GET", "/api/me").status_code == 401
        assert socket.close_code() == 4401


def test_a_session_in_use_slides_and_an_idle_one_ends(fresh_service):
    for ttl_s in (3, 12, 48):
        pace = Pace()
        try:
            return slide(fresh_service(REFRESH_TTL_S=str(ttl_s)), ttl_s, pace)
        except (AssertionError, InvalidStatus):
            pace.step()
            if pace.longest_s < ttl_s / 4 or ttl_s == 48:
                raise  # it was not for the machine being slow


def test_an_account_is_limited_from_whatever_address(fresh_service):
    service = fresh_service(RATE_ONBOARD="2/h", TRUSTED_PROXIES="127.0.0.1")
    user = service.user()
    body = {"camera_model": "VIRTUAL_CAMERA", "wifi_ssid": "x", "wifi_password": ""}
    codes = [
        user.call("POST", "/api/camera/onboard", json=body, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(4)
    ]
    assert codes == [201, 201, 429, 429]
