"""What a signed-in person can obtain over HTTP: every page that links lead to, and every form's replies."""

import io
import re
import time
import zipfile
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit
from zlib import crc32, decompress

from django.core.signing import b64_decode
from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from trial_site.blinding.masks import of_equal_length

Part = tuple[str, str]
Page = tuple[str, bool]
MOST_PAGES = 5000
# One page for every record, field or filter: one address in so many, the same in every clone, stands for the others.
SAMPLED = {
    "casebook:trail": 20,
    "monitoring:open_query": 50,
    "casebook:freeze": 10,
    "casebook:verify": 10,
    "casebook:hide": 20,
}
# What somebody would try who looks for a filter, a search or an order over something hidden.
PROBES = tuple(
    f"arm={arm}&treatment={arm}&assignment={arm}&search={arm}&q={arm}&order=arm&ordering=arm&order_by=arm&sort=arm&o=arm"
    for arm in ("MSC", "PLACEBO")
)
# Of each kind of page so many are tried with the probes, and so many of its forms are filled in wrongly.
TRIED = 1
MESSAGES = re.compile(r"(?<=^messages=)(?P<packed>\.?)(?P<coded>[\w-]+)(?=:)")
IMPOSSIBLE = "?\x00"
LEFT_ALONE = ("/accounts/logout/", "/language/", "/static/", "/accounts/password/")


class Links(HTMLParser):
    """Addresses that a page leads to: `pages` by GET (address, is it an htmx fragment), `forms` by POST, each with
    what its fields hold."""

    def __init__(self, here: str, body: str) -> None:
        super().__init__()
        self.here = here
        self.pages: dict[Page, None] = {}
        self.forms: dict[str, dict[str, str]] = {}
        self.open_form = self.open_select = ""
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self._add_page(given["href"], fragment=False)
        if "hx-get" in given:
            self._add_page(given["hx-get"], fragment=True)
        if "hx-post" in given:
            self._add_form(given["hx-post"])
        if tag == "form":
            action = given.get("action", "")
            post = given.get("method", "").lower() == "post"
            self.open_form = self._add_form(action) if post else ""
            if not post:
                self._add_page(action, fragment=False)
        self._add_field(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open_form = ""
        if tag == "select":
            self.open_select = ""

    def _add_field(self, tag: str, given: dict[str, str]) -> None:
        fields = self.forms.get(self.open_form, {})
        if tag == "option" and self.open_select and not fields.get(self.open_select):
            fields[self.open_select] = given.get("value", "")
        elif tag in ("input", "select", "textarea") and "name" in given:
            fields.setdefault(given["name"], given.get("value", ""))
            self.open_select = given["name"] if tag == "select" else ""

    def _add_page(self, address: str, *, fragment: bool) -> None:
        if address := self._ours(address):
            self.pages[address, fragment] = None

    def _add_form(self, address: str) -> str:
        if address := self._ours(address):
            self.forms.setdefault(address, {})
        return address

    def _ours(self, address: str) -> str:
        """The address inside this site, or "" for another host or a page that is left alone."""
        whole = urldefrag(urljoin(f"http://testserver{self.here}", address)).url
        parts = urlsplit(whole)
        foreign = parts.netloc != "testserver" or parts.path.startswith(LEFT_ALONE)
        return "" if foreign else parts.path + (f"?{parts.query}" if parts.query else "")


class Visitor:
    """Walks the site as one person. Pages come first; forms are sent when everyone has read."""

    def __init__(self, name: str, client: Client) -> None:
        self.name, self.client = name, client
        self.forms: dict[str, dict[str, str]] = {}
        self.tried: Counter[str] = Counter()
        self.times: list[tuple[str, str, float]] = []

    def read(self) -> Iterator[Part]:
        waiting: deque[Page] = deque([(reverse("home"), False)])
        seen: set[Page] = set(waiting)
        read = 0
        while waiting:
            address, fragment = waiting.popleft()
            read += 1
            if read > MOST_PAGES:
                raise RuntimeError(f"More than {MOST_PAGES} pages for {self.name}: the crawl does not end.")
            response = self._get(address, fragment=fragment)
            text = told(response)
            yield f"{self.name}: GET {address}{' (fragment)' if fragment else ''}", text
            links = Links(address, text)
            self.forms |= links.forms
            found = [page for page in [*links.pages, *redirected(address, response)] if page not in seen]
            seen.update(found)
            waiting.extend(page for page in found if wanted(page[0]))

    def _get(self, address: str, *, fragment: bool) -> HttpResponseBase:
        """The reply; how long it took is kept, by kind of page."""
        began = time.perf_counter()
        response = self.client.get(address, headers={"hx-request": "true"} if fragment else None)
        self.times.append((kind_of(address), address, time.perf_counter() - began))
        return response

    def probe(self) -> Iterator[Part]:
        """The replies to filters, searches and orders that no page offers."""
        for address in dict.fromkeys(address.partition("?")[0] for _kind, address, _time in self.times):
            if self._first("probe", address):
                for query in PROBES:
                    yield f"{self.name}: GET {address}?{query}", told(self.client.get(f"{address}?{query}"))

    def send(self) -> Iterator[Part]:
        """The replies to every form, sent empty; and to some of each kind, with what no field can hold."""
        for address, fields in self.forms.items():
            if not wanted(address):
                continue
            yield f"{self.name}: POST {address}", told(self.client.post(address))
            if self._first("form", address):
                wrong = dict.fromkeys(fields, IMPOSSIBLE)
                yield f"{self.name}: POST {address} (impossible)", told(self.client.post(address, wrong))
            if "password" in fields and self._first("password", address):
                own = {"email": self.name} if "email" in fields else {}
                guess = fields | own | {"password": "not the password"}
                yield f"{self.name}: POST {address} (password)", told(self.client.post(address, guess))

    def _first(self, trial: str, address: str) -> bool:
        key = f"{trial} {kind_of(address)}"
        self.tried[key] += 1
        return self.tried[key] <= TRIED

    def export(self, path: str, formats: list[str], forms: list[str]) -> Iterator[Part]:
        """Everything in each format: the worker writes it, its page is read, and the file is taken."""
        from trial_site.exports.work import make_waiting_exports

        for each in formats:
            response = self.client.post(path, {"format": each, "forms": forms, "only": "all"})
            yield f"{self.name}: export {each}", told(response)
            page = response.headers.get("Location", "")
            if page and resolve(urlsplit(page).path).view_name == "exports:export":
                make_waiting_exports()
                yield f"{self.name}: page of export {each}", told(self.client.get(page))
                yield f"{self.name}: file of export {each}", told(self.client.post(f"{page}file/"))


def kind_of(address: str) -> str:
    """The name of the page at this address; the address itself where there is none."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return address


def wanted(address: str) -> bool:
    return crc32(address.encode()) % SAMPLED.get(kind_of(address), 1) == 0


def redirected(address: str, response: HttpResponseBase) -> list[Page]:
    target = response.headers.get("Location")
    return list(Links(address, f'<a href="{target}">').pages) if target else []


def told(response: HttpResponseBase) -> str:
    """Everything in a response: status, headers, cookies, body. The length is that of the readable body."""
    body = readable(body_of(response))
    length = {"Content-Length": len(body)} if "Content-Length" in response.headers else {}
    headers = "".join(f"{name}: {value}\n" for name, value in {**response.headers, **length}.items())
    cookies = "".join(f"{legible(morsel.OutputString())}\n" for morsel in response.cookies.values())
    return f"{response.status_code}\n{headers}{cookies}\n{body}"


def legible(cookie: str) -> str:
    """A cookie; one that carries messages with their text instead of its coding."""
    return MESSAGES.sub(decoded, cookie)


def decoded(messages: re.Match[str]) -> str:
    packed = b64_decode(messages["coded"].encode())
    return (decompress(packed) if messages["packed"] else packed).decode()


def body_of(response: HttpResponseBase) -> bytes:
    if response.streaming:
        return b"".join(response)
    return response.content  # type: ignore[attr-defined]


def readable(body: bytes) -> str:
    """A zip archive member by member, because its compressed bytes depend on the clock."""
    if not body.startswith(b"PK"):
        return of_equal_length(body.decode(errors="surrogateescape"))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        members = [f"== {name}\n{archive.read(name).decode()}" for name in archive.namelist()]
    return of_equal_length("".join(members))
