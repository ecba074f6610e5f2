"""What the sample shop sells: its categories with their words, and its brands."""

from demo.catalogue.household import HOUSEHOLD
from demo.catalogue.worn import WORN

BRANDS = {
    "Clothing": "Brenvik, Vastelle, Pimlora, Harlowen, Quendra",
    "Footwear": "Tillmoor, Brenvik, Oskava, Wexmoor, Harlowen",
    "Watches": "Zefkin, Dorvane, Ostrelle, Kubrano",
    "Kitchen": "Felqua, Snorlig, Marvindo, Jaskelin",
    "Home": "Snorlig, Jaskelin, Yellbrim, Nimbrook",
    "Electronics": "Zefkin, Kubrano, Ruvano, Trovabel",
    "Jewellery": "Ostrelle, Vastelle, Pellumine, Dorvane",
    "Toys": "Yellbrim, Trovabel, Hoppalu",
    "Bags": "Wexmoor, Tillmoor, Nimbrook, Oskava",
}
"""Invented brands by the root of the tree; some sell in several."""

CATALOGUE = (*WORN, *HOUSEHOLD)
"""Every category of the sample shop."""
