"""What MkDocs calls while it builds: pages made of the code, and equations drawn."""

import re
from pathlib import Path
from typing import Any

import command_line
import file_formats
import formulas
import python_interface
import weaknesses
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
_FILE_NAMES = re.compile(r"\[(\w+)\.md\]\((?=\1\.md)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that nobody writes."""
    made = {
        "reference/files.md": file_formats.page(),
        "reference/commands.md": command_line.page(),
        "changelog.md": _changelog(),
        **{f"reference/python/{name}.md": text for name, text in python_interface.pages().items()},
    }
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_: Any) -> str:
    """Name pages, not files, and put the limits of all pages where a page asks for them."""
    markdown = _FILE_NAMES.sub(r"[\1](", markdown)
    if weaknesses.PLACE not in markdown:
        return markdown
    others = {
        each.src_uri: each.content_string
        for each in files.documentation_pages()
        if each.src_uri != page.file.src_uri and "/" not in each.src_uri
    }
    found = _FILE_NAMES.sub(r"[\1](", weaknesses.collected(others))
    return markdown.replace(weaknesses.PLACE, found)


def on_page_content(html: str, **_: Any) -> str:
    """Draw the equations."""
    return formulas.drawn(html)


def _changelog() -> str:
    """The changelog, its links as from a page beside the others."""
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").replace("](docs/", "](")
