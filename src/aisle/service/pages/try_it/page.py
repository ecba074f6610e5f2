"""The page on which people try the model: text, picture or both in, the answer beside them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from weakref import WeakKeyDictionary

from fastapi import Request, Response
from nicegui import background_tasks, ui
from nicegui.events import GenericEventArguments

from aisle.classifier import Classifier
from aisle.data.pictures.reading import read_bytes
from aisle.errors import AisleError
from aisle.service.api.errors import RefusedError
from aisle.service.api.keys import Role
from aisle.service.pages.catalogue import Catalogue
from aisle.service.pages.rendering import filled, fragment
from aisle.service.pages.shell import frame
from aisle.service.pages.site import Site, the_site
from aisle.service.pages.try_it.answer_pane import AnswerPane
from aisle.service.pages.try_it.line import Line
from aisle.service.pages.try_it.picture_pane import PicturePane
from aisle.service.pages.try_it.samples import Sample, samples
from aisle.service.pages.try_it.sharing import Shared, follow_link, make_link
from aisle.service.pages.visitor import Visitor, refused, visitor_of
from aisle.service.products import Parts, to_product

_PICTURES = "pictures"
_SIGNED_OUT = "your key has expired or was withdrawn; sign in again"
_samples: WeakKeyDictionary[Classifier, Sequence[Sample]] = WeakKeyDictionary()


async def try_it(request: Request, text: str = "", picture: str = "") -> Response | None:
    """The page; a link brings a text, and a picture by its digest."""
    if away := refused(request, Role.CLASSIFY):
        return away
    visitor, site = visitor_of(request), the_site()
    shared = await asyncio.to_thread(follow_link, text, picture, site.data / _PICTURES)
    ui.add_head_html(f"<style>{filled('try_it.css')}</style>")
    ui.add_body_html(f"<script>{filled('try_it.js')}</script>")
    with frame("Try it", visitor):
        page = TryIt(site, visitor, shared)
    background_tasks.create(page.start(shared))
    return None


def remembered_samples(model: Classifier, catalogue: Catalogue) -> Sequence[Sample]:
    """The samples of a model, made once as long as it lives; see `samples`."""
    if model not in _samples:
        _samples[model] = samples(model, catalogue)
    return _samples[model]


class TryIt:
    """What one visitor has put in, and the answer to it.

    Args:
        site: what the page stands on.
        visitor: who looks; None in a service without keys.
        shared: what a link brought.
    """

    def __init__(self, site: Site, visitor: Visitor | None, shared: Shared) -> None:
        self._site = site
        self._visitor = visitor
        self._client = ui.context.client
        self._text = ""
        self._samples: Sequence[Sample] = ()
        fragment("try_it.html")
        self._strip = fragment("try_samples.html", samples=())
        with ui.element("div").classes("try two" if site.beside else "try"):
            with ui.element("section").classes("ask").props('aria-label="The product"'):
                with ui.element("div"):
                    fragment("try_text.html", text=shared.text, most=site.limits.characters)
                    self._text_trouble = Line("alert")
                with ui.element("div"):
                    self._picture = PicturePane(site.limits, self._answer)
                with ui.element("div").classes("links"):
                    fragment("try_link.html")
                    self._link = Line("status")
            with ui.element("section").classes("answer").props('aria-label="The answer"'):
                self._pane = AnswerPane(site)
        ui.on("typed", self._typed)
        ui.on("sampled", self._sampled)
        ui.on("shared", self._share)

    async def start(self, shared: Shared) -> None:
        """Answers to what a link brought, and offers samples."""
        self._take_text(shared.text, len(shared.text))
        if shared.picture is not None:
            await self._picture.take(shared.picture, "The picture of the link")
        elif shared.trouble:
            self._picture.refuse(shared.trouble)
        else:
            self._answer()
        model = self._site.engine.answering
        self._samples = await asyncio.to_thread(remembered_samples, model, self._site.catalogue)
        self._strip.content = filled("try_samples.html", samples=self._samples)

    def _typed(self, event: GenericEventArguments) -> None:
        match event.args:
            case {"text": str(text), "length": int(length)}:
                self._take_text(text, length)
                self._answer()

    async def _sampled(self, event: GenericEventArguments) -> None:
        match event.args:
            case int(number) if 0 <= number < len(self._samples):
                await self._take_sample(self._samples[number])

    async def _take_sample(self, sample: Sample) -> None:
        self._take_text(sample.text, len(sample.text))
        self._run(f"document.getElementById('text').value = {json.dumps(sample.text)}")
        if sample.picture is None:
            self._picture.refuse("")
        else:
            data = await asyncio.to_thread(read_bytes, sample.picture)
            await self._picture.take(data, sample.title)

    def _take_text(self, text: str, length: int) -> None:
        """Takes a text; one that is too long does not come along and counts as none."""
        most, length = self._site.limits.characters, max(length, len(text))
        fits = length <= most
        self._text = text if fits else ""
        sentence = f"the text has {length:,} characters; at most {most:,} are read, cut it"
        self._text_trouble.say("" if fits else sentence)

    def _answer(self) -> None:
        """Asks about what there is now."""
        self._link.say("")
        pictures = [self._picture.picked.data] if self._picture.picked else []
        texts = [self._text] if self._text.strip() else []
        if not self._may_ask():
            self._pane.refuse(_SIGNED_OUT)
        elif not texts and not pictures:
            self._pane.refuse("")
        else:
            self._ask(Parts(None, texts, pictures))

    def _ask(self, parts: Parts) -> None:
        try:
            self._pane.answer(to_product(parts, "", self._site.limits))
        except RefusedError as error:
            self._pane.refuse(str(error))

    async def _share(self) -> None:
        if not self._may_ask():
            self._link.say(_SIGNED_OUT)
            return
        picture = self._picture.picked.data if self._picture.picked else None
        folder = self._site.data / _PICTURES
        try:
            link = await asyncio.to_thread(make_link, self._text, picture, folder)
        except AisleError as error:
            self._link.say(str(error))
            return
        copied = await self._client.run_javascript(f"return aisleCopy({json.dumps(link)})")
        self._link.say("The link is copied." if copied else "Copy the link from the address bar.")

    def _run(self, script: str) -> None:
        self._client.run_javascript(script)

    def _may_ask(self) -> bool:
        visitor = self._visitor
        return not self._site.keys or (visitor is not None and visitor.may(Role.CLASSIFY))
