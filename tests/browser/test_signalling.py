"""Signalling between browser pages; the story is in signalling.mjs."""

from play import play


def test_two_pages_find_each_other(service):
    play("signalling.mjs", URL=service.url)
