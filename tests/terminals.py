"""A terminal to draw on."""

import os
import re
import threading

import pytest


class Terminal:
    """Both ends of one, 100 columns wide.

    Attributes
    ----------
    stream : text stream
        Where to write.
    """

    def __init__(self):
        pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
        self._end, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 100))
        self.stream = os.fdopen(theirs, "w", encoding="utf-8")
        self._bytes = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def shown(self) -> list[str]:
        """All that was drawn, frame by frame, in lines without colours; nothing can be drawn any more."""
        self.stream.close()
        self._reader.join(10)
        os.close(self._end)
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self._bytes.decode())
        return [line.rstrip() for line in re.split(r"[\r\n]+", text) if line.strip()]

    def _read(self):
        try:
            while part := os.read(self._end, 4096):
                self._bytes += part
        except OSError:  # the other end is closed
            pass
