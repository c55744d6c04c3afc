"""The tags of a page, for tests that look for what it would load."""

from html.parser import HTMLParser


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = {}

    def handle_starttag(self, tag, attrs):
        self.found.setdefault(tag, []).append(dict(attrs))

    @classmethod
    def of(cls, html):
        """Attributes of every tag, by its name."""
        reader = cls()
        reader.feed(html)
        return reader.found
