#!/usr/bin/env python3
"""Includes run downward only, and each library is seen by its own room alone (docs/architecture.md)."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Room → floor; a room includes only rooms of lower floors. provisioning is below everyone.
FLOORS = {"core": 1, "store": 2, "auth": 2, "accounts": 3, "cameras": 3, "door": 4, "http": 4, "relay": 4, "web": 4,
          "cli": 4, "app": 5, "main": 6}
# Records of the store and the caller's identity are plain data that others may see across a floor.
ALLOWED = {("auth", "store/model.h"), ("http", "web/web.h"), ("cli", "app.h"), ("main", "cli/cli.h")}
LIBRARIES = {
    r"microhttpd\.h": ["service/http/server.c"],
    r"libwebsockets\.h": ["service/relay/loop.c", "service/relay/wire.c", "firmware/ports/host/"],
    r"uv\.h": ["service/relay/loop.c", "service/relay/ready.c", "firmware/ports/host/"],
    r"sqlite3\.h": ["service/store/sqlite/"],
    r"mongoc.*": ["service/store/mongo/"],
    r"argon2\.h": ["service/auth/password.c"],
    r"jwt\.h": ["service/auth/token.c"],
    r"openssl/.*": ["service/auth/"],
    r"jansson\.h": ["service/core/json.c"],
    r"qrencode\.h": ["provisioning/src/qr"],
    r"png\.h": ["provisioning/src/qr", "firmware/ports/host/"],
    r"zbar\.h": ["firmware/ports/host/"],
    r"jpeglib\.h": ["firmware/ports/host/"],
    r"curl/.*": ["firmware/ports/host/"],
    r"zlib\.h": ["service/http/"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^">]+)[">]', re.M)


def room_of(path):
    parts = path.relative_to(ROOT).parts
    if parts[0] != "service":
        return parts[0]
    if len(parts) > 2:
        return parts[1]
    return "main" if path.name == "main.c" else "app"


def service_fault(path, room, included):
    target = included.split("/")[0]
    if target == "provisioning" or (room, included) in ALLOWED:
        return None
    if target in ("firmware", "platform", "ports"):
        return "the service never includes the firmware"
    if "/" not in included:
        return None if room in ("app", "cli", "main") else f"{room} may not include {included}"
    if target not in FLOORS or target == room:
        return None
    if FLOORS[target] >= FLOORS[room]:
        return f"{room} (floor {FLOORS[room]}) may not include {target} (floor {FLOORS[target]})"
    return None


def main():
    faults = []
    for top in ("provisioning", "service", "firmware"):
        for path in sorted((ROOT / top).rglob("*.[ch]")):
            room, text = room_of(path), path.read_text()
            name = str(path.relative_to(ROOT))
            for kind, included in INCLUDE.findall(text):
                fault = None
                if kind == "<":
                    for library, doors in LIBRARIES.items():
                        if re.fullmatch(library, included) and not any(name.startswith(d) for d in doors):
                            fault = f"<{included}> belongs to {', '.join(doors)}"
                elif top == "service":
                    fault = service_fault(path, room, included)
                elif top == "provisioning" and included.split("/")[0] not in ("provisioning",) and "/" in included:
                    fault = f"provisioning stands alone, yet includes {included}"
                elif top == "firmware" and included.split("/")[0] in FLOORS and not (ROOT / "firmware" / included).exists():
                    fault = f"the firmware never includes the service ({included})"
                if fault:
                    faults.append(f"{name}: {fault}")
    print("\n".join(faults) or "all includes run downward")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
