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
        self._bytes, self._grown = b"", threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, text: str) -> None:
        """Return once `text` was drawn."""
        with self._grown:
            assert self._grown.wait_for(lambda: text in self._text(), timeout=30), self._text()

    def shown(self) -> list[str]:
        """All that was drawn, frame by frame, in lines without colours; nothing can be drawn any more."""
        self.stream.close()
        self._reader.join(10)
        os.close(self._end)
        return [line.rstrip() for line in re.split(r"[\r\n]+", self._text()) if line.strip()]

    def _text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self._bytes.decode(errors="ignore"))

    def _read(self):
        try:
            while part := os.read(self._end, 4096):
                with self._grown:
                    self._bytes += part
                    self._grown.notify_all()
        except OSError:  # the other end is closed
            pass
