"""Reads QR pictures with programs that are not ours: zbarimg for the picture, the firmware's own parser for the text."""

import base64
import os
import re
import subprocess
import xml.etree.ElementTree as xml

from service import BUILD

QR_PAYLOAD = os.path.join(BUILD, "tests", "support", "qr_payload")


def scan(paths, deadline_s=300):
    """The text of each picture, or None: many pictures a call, as starting zbarimg costs more than reading."""
    texts = dict.fromkeys(paths)
    for at in range(0, len(paths), 200):
        batch = paths[at : at + 200]
        command = ["zbarimg", "--quiet", "--xml", "-Sdisable", "-Sqrcode.enable", *batch]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=deadline_s)
        # One without a code in it has no source; the document is then closed early by some versions.
        out = done.stdout if b"</barcodes>" in done.stdout else done.stdout + b"</barcodes>"
        for source in xml.fromstring(re.sub(rb" xmlns='[^']*'", b"", out)).iter("source"):
            data = source.find(".//data")
            if data is not None:
                binary = data.get("format") == "base64"
                texts[source.get("href")] = base64.b64decode(data.text).decode() if binary else data.text
    return [texts[p] for p in paths]


def read_payloads(codes):
    """What a camera makes of scanned codes, a line each: (ssid, password, server, token) or None for a bad one."""
    done = subprocess.run([QR_PAYLOAD], input="\n".join(codes).encode() + b"\n", stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == 0

    def read(line):
        if line == "bad":
            return None
        ssid, password, server, token = (None if word == "-" else word for word in line.split(" "))
        return bytes.fromhex(ssid or ""), bytes.fromhex(password or ""), server, token

    return [read(line) for line in done.stdout.decode().splitlines()]
