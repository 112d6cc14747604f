"""What the encoding of a terminal, or of a file in its place, has no letters for."""

import io
import sys


def test_letters_that_an_encoding_lacks_are_written_in_ascii(touchstone, monkeypatch):
    redirected = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", redirected)
    status, _, complaint = touchstone("show", "luo2018/max-effective-lr")
    assert status == 0, complaint
    redirected.flush()
    assert r"\u03b3" in redirected.buffer.getvalue().decode("cp1252")
