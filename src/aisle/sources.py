"""From products to what each expert looks at: one source an expert."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array

from aisle.encoders.base import ImageEncoder, TextEncoder
from aisle.encoders.cache import VectorCache
from aisle.encoders.descriptor import PictureDescriptor
from aisle.encoders.embedding import embed_images, embed_texts
from aisle.encoders.hub import locate
from aisle.encoders.image import OnnxImageEncoder
from aisle.encoders.text import open_text_encoder
from aisle.experts.base import Expert
from aisle.experts.cross_fitting import Evidence
from aisle.experts.discriminant import DiscriminantExpert
from aisle.experts.kernel import KernelExpert
from aisle.experts.linear import LinearExpert
from aisle.experts.sampled import SampledLinearExpert
from aisle.experts.tfidf import TfidfFeatures
from aisle.pack import MINI_IMAGE, MINI_TEXT
from aisle.schema import Modality, Product

CACHED_FROM = 32
"""From so many products on vectors are kept: fewer are quicker computed than looked up."""

MANY = 2_000_000
"""From so many rows x categories on each category is learned against a sample of the others."""

DESCRIPTOR = PictureDescriptor.name

UNKNOWN_WORDS = "the text holds no word known from training"

MANY_CATEGORIES = 30
"""With more categories than that, texts' vectors are told apart by their means: on 98 categories
that is 2 points of accuracy better than a kernel, on 7 it is 1 point worse."""

Read = tuple[Evidence, dict[int, str]]
"""Evidence of n products, and by row what could not be read."""


class Source(Protocol):
    """What an expert looks at, and which expert suits it."""

    @property
    def name(self) -> str:
        """What users call the expert."""

    @property
    def modality(self) -> Modality:
        """What it looks at."""

    def fit(self, products: Sequence[Product], categories: int) -> None:
        """Makes ready: learns from the training products, or opens an encoder."""

    def read(self, products: Sequence[Product]) -> Read:
        """What there is to look at."""

    def make(self) -> Expert:
        """A new expert for this kind of features."""


class TfidfSource:
    """Texts by their words."""

    name = "tfidf"
    modality = Modality.TEXT

    def __init__(self, features: TfidfFeatures) -> None:
        self.features = features
        self._expert: type[LinearExpert] | type[SampledLinearExpert] = LinearExpert

    def fit(self, products: Sequence[Product], categories: int) -> None:
        """Learns the terms."""
        self.features.fit([product.texts for product in products])
        many = len(products) * categories > MANY
        self._expert = SampledLinearExpert if many else LinearExpert

    def read(self, products: Sequence[Product]) -> Read:
        """See `Source.read`; a text without a known word is nothing to look at."""
        present = np.array([bool(product.text) for product in products], dtype=np.bool_)
        if not len(products):
            return Evidence(csr_array((0, 1), dtype=np.float32), present), {}
        features = self.features.transform([product.texts for product in products])
        known = np.diff(features.indptr) > 0
        unknown = np.flatnonzero(present & ~known)
        return Evidence(features, known), dict.fromkeys(unknown.tolist(), UNKNOWN_WORDS)

    def make(self) -> Expert:
        """See `Source.make`."""
        return self._expert()

    @cached_property
    def terms(self) -> list[str]:
        """(features,) the words of each column; an empty string for pieces of words."""
        return self.features.terms


class TextSource:
    """Texts by an encoder, which is opened when first needed.

    Args:
        spec: a folder, a repo id, or the name of an encoder inside the package.
        name: what to call it; the last part of `spec` by default.
    """

    modality = Modality.TEXT

    def __init__(self, spec: str | Path, name: str = "") -> None:
        self.spec = spec
        self.name = name or short_name(spec)
        self._expert: type[KernelExpert] | type[DiscriminantExpert] = KernelExpert

    @cached_property
    def encoder(self) -> TextEncoder:
        """The encoder itself."""
        return open_text_encoder(locate(self.spec, self.modality), self.name)

    def fit(self, products: Sequence[Product], categories: int) -> None:  # noqa: ARG002
        """Opens the encoder."""
        _ = self.encoder
        self._expert = DiscriminantExpert if categories > MANY_CATEGORIES else KernelExpert

    def read(self, products: Sequence[Product]) -> Read:
        """See `Source.read`; whether a text holds a known word is for TF-IDF to say."""
        texts = [product.text for product in products]
        found = embed_texts(self.encoder, texts, _cache(self.encoder, products))
        return Evidence(found.vectors, found.present), found.errors

    def make(self) -> Expert:
        """See `Source.make`."""
        return self._expert()


class ImageSource:
    """Pictures by an encoder, which is opened when first needed.

    Args:
        spec: a folder, a repo id, or the name of an encoder inside the package.
        name: what to call it; the last part of `spec` by default.
    """

    modality = Modality.IMAGE

    def __init__(self, spec: str | Path, name: str = "") -> None:
        self.spec = spec
        self.name = name or short_name(spec)

    @cached_property
    def encoder(self) -> ImageEncoder:
        """The encoder itself."""
        if self.spec == DESCRIPTOR:
            return PictureDescriptor()
        return OnnxImageEncoder(locate(self.spec, self.modality), self.name)

    def fit(self, products: Sequence[Product], categories: int) -> None:  # noqa: ARG002
        """Opens the encoder."""
        _ = self.encoder

    def read(self, products: Sequence[Product]) -> Read:
        """See `Source.read`."""
        images = [product.images for product in products]
        found = embed_images(self.encoder, images, _cache(self.encoder, products))
        return Evidence(found.vectors, found.present), found.errors

    def make(self) -> Expert:
        """See `Source.make`."""
        return KernelExpert()


def built_in(name: str) -> TextSource | ImageSource:
    """The source whose encoder comes with the package, by the name that users see.

    Raises:
        KeyError: there is none of that name.
    """
    sources = TextSource(MINI_TEXT), ImageSource(MINI_IMAGE), ImageSource(DESCRIPTOR)
    return {source.name: source for source in sources}[name]


def short_name(spec: str | Path) -> str:
    """The last part of a folder or repo id, without its revision."""
    return str(spec).rstrip("/").rpartition("/")[2].partition("@")[0]


def _cache(encoder: TextEncoder | ImageEncoder, products: Sequence[Product]) -> VectorCache | None:
    return VectorCache(encoder.fingerprint) if len(products) >= CACHED_FROM else None
