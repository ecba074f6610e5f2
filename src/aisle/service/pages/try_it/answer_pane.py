"""Where the answer is seen, and what is done to get it."""

from __future__ import annotations

import asyncio

from nicegui import background_tasks, ui

from aisle.schema import Product
from aisle.service.api.errors import RefusedError
from aisle.service.logs import log_trouble
from aisle.service.pages.site import Site
from aisle.service.pages.try_it.asking import ask
from aisle.service.pages.try_it.line import Line
from aisle.service.pages.try_it.showing import answer_html, no_answer_html, spoken


class AnswerPane:
    """The answer to the latest product.

    Args:
        site: whose models answer.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._engines = [site.engine, site.beside] if site.beside else [site.engine]
        self._work: asyncio.Task[None] | None = None
        self._state = Line("status")
        self._spoken = ui.label().props("role=status").classes("unseen")
        self._place = ui.html(no_answer_html(), sanitize=False)
        ui.context.client.on_delete(self.stop)

    def answer(self, product: Product) -> None:
        """Asks about a product in the place of the one before, whose answer never comes."""
        self.stop()
        self._place.classes("waiting")
        self._work = background_tasks.create(self._answer(product))

    def refuse(self, sentence: str) -> None:
        """Has no answer, and says why."""
        self.stop()
        self._show("", "")
        self._state.say(sentence)

    def stop(self) -> None:
        """Gives up what is under way."""
        if self._work is not None:
            self._work.cancel()

    async def _answer(self, product: Product) -> None:
        html = said = trouble = ""
        try:
            asked = [ask(engine, product, self._state.say) for engine in self._engines]
            answers = await asyncio.gather(*asked)
            html = await asyncio.to_thread(answer_html, answers, product, self._site.catalogue)
            said = spoken(answers)
        except RefusedError as error:
            trouble = str(error)
        except Exception as error:
            log_trouble("an answer could not be shown", error)
            trouble = "the product could not be answered"
        self._state.say(trouble)
        self._show(html, said)

    def _show(self, html: str, sentence: str) -> None:
        self._place.classes(remove="waiting")
        self._place.content = html or no_answer_html()
        self._spoken.text = sentence
