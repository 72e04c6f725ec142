"""Check of the HTML of a page."""

import re
from html.parser import HTMLParser

VOID = {"meta", "br"}


def check_page(page: str) -> None:
    """Fail unless all elements are closed, and the page has no scripts and external resources."""
    read = Tags(page)
    assert read.open == []
    assert read.names.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert not re.search(r'(href|src)="(?!#)|url\((?!#)|@import', page)


class Tags(HTMLParser):
    """Names of a page's elements, and those that are not closed."""

    def __init__(self, page):
        super().__init__()
        self.names, self.open = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
