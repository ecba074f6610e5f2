"""What people wear and carry."""

from __future__ import annotations

from demo.category import Category, Kind
from demo.drawings import bags, clothing, footwear, jewellery, watches

_CLOTH = "black, white, grey, red, blue, navy, green, olive, yellow, pink"
_SHOES = "black, brown, beige, white, red, navy, olive, pink, grey"
_GADGET = "black, white, grey, silver, blue, red, pink, gold, green"
_METAL = "gold, silver, rose gold, gold, silver, black"

WORN = (
    Category(
        path=("Clothing", "T-Shirts"),
        originals=42,
        kinds=(
            Kind(clothing.t_shirt, "t-shirt, tee, T shirt, crew neck tee", "T-Shirt", "t-shirt"),
            Kind(clothing.v_neck, "v-neck shirt, V neck tee", "V-Shirt", "t-shirt col V"),
            Kind(
                clothing.long_sleeve,
                "long sleeve top, longsleeve",
                "Langarmshirt",
                "haut manches longues",
            ),
        ),
        shared="top, casual wear, cotton top",
        colours=_CLOTH,
        materials="cotton, organic cotton, jersey, cotton blend",
        sizes="S, M, L, XL, size M, XXL",
        features=(
            "soft fabric, machine washable at 30, ribbed collar, "
            "short sleeves, regular fit, breathable"
        ),
    ),
    Category(
        path=("Clothing", "Dresses"),
        originals=36,
        kinds=(
            Kind(
                clothing.summer_dress,
                "summer dress, sundress, strappy dress",
                "Sommerkleid",
                "robe d'été",
            ),
            Kind(
                clothing.evening_dress,
                "evening dress, maxi dress, gown",
                "Abendkleid",
                "robe de soirée",
            ),
            Kind(clothing.shirt_dress, "shirt dress, tea dress", "Hemdkleid", "robe chemise"),
        ),
        shared="outfit, summer wear, cotton one-piece",
        colours=_CLOTH + ", purple, orange",
        materials="cotton, viscose, chiffon, satin, jersey",
        sizes="S, M, L, 36, 38, 40, UK 12",
        features=(
            "flowing skirt, soft fabric, zip at the back, "
            "knee length, machine washable at 30, waist tie"
        ),
    ),
    Category(
        path=("Footwear", "Boots"),
        originals=36,
        kinds=(
            Kind(
                footwear.ankle_boot,
                "ankle boots, chelsea boots, booties",
                "Stiefeletten",
                "bottines",
            ),
            Kind(
                footwear.laced_boot,
                "hiking boots, lace-up boots, work boots",
                "Schnürstiefel",
                "bottes à lacets",
            ),
            Kind(
                footwear.tall_boot,
                "knee boots, tall boots, riding boots",
                "Stiefel",
                "bottes hautes",
            ),
        ),
        shared="leather shoes, womens shoes, mens shoes",
        colours=_SHOES,
        materials="leather, suede, faux leather, nubuck",
        sizes="EU 38, EU 42, UK 7, sz 9, 39",
        features=(
            "non-slip sole, warm lining, waterproof, padded insole, sturdy heel, stitched by hand"
        ),
    ),
    Category(
        path=("Footwear", "Sandals"),
        originals=36,
        kinds=(
            Kind(
                footwear.strap_sandal,
                "sandals, strap sandals, platform sandals",
                "Sandalen",
                "sandales",
            ),
            Kind(footwear.flip_flop, "flip flops, flip-flops, thongs", "Zehentrenner", "tongs"),
            Kind(footwear.slide, "slides, pool sliders, mules", "Badelatschen", "claquettes"),
        ),
        shared="leather shoes, womens shoes, mens shoes",
        colours=_SHOES,
        materials="leather, rubber, cork, faux leather",
        sizes="EU 38, EU 42, UK 7, sz 9, 39",
        features=(
            "non-slip sole, adjustable strap, padded insole, "
            "waterproof, light as a feather, open toe"
        ),
    ),
    Category(
        path=("Watches", "Analog Watches"),
        originals=34,
        kinds=(
            Kind(
                watches.dress_watch,
                "analog watch, quartz watch, dress watch",
                "Armbanduhr",
                "montre analogique",
            ),
            Kind(watches.chronograph, "chronograph, diver's watch", "Chronograph", "chronographe"),
            Kind(
                watches.square_watch,
                "square quartz watch, vintage watch",
                "Quarzuhr",
                "montre carrée",
            ),
        ),
        shared="wrist watch, watch, timepiece, unisex watch",
        colours="black, brown, navy, beige, silver, gold, red",
        materials="stainless steel, leather, mesh, nylon",
        sizes="42 mm, 38 mm, 34 mm, one size",
        features=(
            "mineral glass, water resistant 3 ATM, date window, "
            "Japanese movement, comes in a gift box, battery included"
        ),
    ),
    Category(
        path=("Watches", "Smart Watches"),
        originals=34,
        kinds=(
            Kind(watches.smart_watch, "smartwatch, smart watch", "Smartwatch", "montre connectée"),
            Kind(watches.round_smart_watch, "round smartwatch, GPS watch", "GPS-Uhr", "montre GPS"),
            Kind(
                watches.fitness_band,
                "fitness tracker, activity band",
                "Fitnessarmband",
                "bracelet d'activité",
            ),
        ),
        shared="wrist watch, watch, sports watch, unisex watch",
        colours=_GADGET,
        materials="silicone, aluminium, stainless steel, nylon",
        sizes="42 mm, 38 mm, 44 mm, one size",
        features=(
            "heart rate sensor, Bluetooth 5.0, 7 days of battery, "
            "step counter, water resistant 3 ATM, USB charging"
        ),
    ),
    Category(
        path=("Jewellery", "Rings"),
        originals=34,
        kinds=(
            Kind(jewellery.solitaire, "ring, engagement ring, solitaire ring", "Ring", "bague"),
            Kind(jewellery.band_ring, "wedding band, eternity ring", "Ehering", "alliance"),
            Kind(jewellery.signet, "signet ring, seal ring", "Siegelring", "chevalière"),
        ),
        shared="jewellery, jewelry gift, fashion jewellery",
        colours=_METAL,
        materials="sterling silver, gold plated, stainless steel, 14k gold",
        sizes="size 7, 54, US 8, 17 mm, adjustable",
        features=(
            "nickel free, comes in a gift box, does not tarnish, "
            "cubic zirconia, hallmarked, engraving possible"
        ),
    ),
    Category(
        path=("Jewellery", "Necklaces"),
        originals=33,
        kinds=(
            Kind(
                jewellery.pendant,
                "necklace, pendant necklace, chain with pendant",
                "Halskette",
                "collier",
            ),
            Kind(
                jewellery.pearls,
                "pearl necklace, bead necklace",
                "Perlenkette",
                "collier de perles",
            ),
            Kind(jewellery.collar, "statement necklace, choker", "Collier", "collier plastron"),
        ),
        shared="jewellery, jewelry gift, fashion jewellery",
        colours=_METAL,
        materials="sterling silver, gold plated, stainless steel, freshwater pearl",
        sizes="45 cm, 18 inch, 40+5 cm, adjustable",
        features=(
            "lobster clasp, nickel free, comes in a gift box, "
            "does not tarnish, fine links, cubic zirconia"
        ),
    ),
    Category(
        path=("Bags", "Backpacks"),
        originals=34,
        kinds=(
            Kind(bags.school_backpack, "backpack, school bag, daypack", "Rucksack", "sac à dos"),
            Kind(
                bags.hiking_backpack,
                "hiking backpack, trekking rucksack",
                "Wanderrucksack",
                "sac de randonnée",
            ),
            Kind(
                bags.flap_backpack,
                "flap backpack, laptop rucksack",
                "Laptoprucksack",
                "sac à dos cartable",
            ),
        ),
        shared="travel accessory, carry-all, school essential",
        colours=_SHOES + ", teal, blue, green",
        materials="canvas, nylon, polyester, leather",
        sizes="20 l, 35L, 15.6 inch, one size",
        features=(
            "padded straps, laptop sleeve, waterproof, many pockets, adjustable strap, sturdy zip"
        ),
    ),
)
"""The categories of things to wear and to carry."""
