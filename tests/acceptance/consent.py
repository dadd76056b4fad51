"""A person on a provider's consent page: opens it, answers, and lands on Avery's callback."""

import re
from html import unescape
from urllib.parse import urljoin

import httpx


async def allow(url: str, answer: str = "allow") -> httpx.Response:
    """Open the popup's address with a browser's cookies and give the page's form this answer."""
    async with httpx.AsyncClient(follow_redirects=True, timeout=15) as browser:
        page = (await browser.get(url)).raise_for_status()
        form = re.search(r"<form(?P<head>[^>]*)>(?P<body>.*?)</form>", page.text, re.DOTALL)
        assert form, page.text
        inputs = re.findall(r"<input[^>]*name=\"([^\"]+)\"[^>]*value=\"([^\"]*)\"", form["body"])
        fields = {name: unescape(value) for name, value in inputs}
        button = re.search(rf"<button[^>]*name=\"([^\"]+)\"[^>]*value=\"{answer}\"", form["body"])
        assert button, form["body"]
        action = re.search(r"action=\"([^\"]*)\"", form["head"])
        target = urljoin(str(page.url), unescape(action[1] if action else ""))
        return await browser.post(target, data=fields | {button[1]: answer})
