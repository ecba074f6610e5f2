"""What people have at home."""

from __future__ import annotations

from demo.category import Category, Kind
from demo.drawings import electronics, home, kitchen, toys

_GADGET = "black, white, grey, silver, blue, red, pink, gold, green"
_HOUSE = "white, beige, grey, teal, yellow, red, navy, green, pink, orange"

HOUSEHOLD = (
    Category(
        path=("Kitchen", "Mugs"),
        originals=34,
        kinds=(
            Kind(kitchen.coffee_mug, "coffee mug, mug, ceramic mug", "Kaffeebecher", "mug"),
            Kind(
                kitchen.tea_cup, "tea cup, cup and saucer, espresso cup", "Teetasse", "tasse à thé"
            ),
            Kind(
                kitchen.travel_mug,
                "travel mug, thermo mug, to-go cup",
                "Thermobecher",
                "gobelet isotherme",
            ),
        ),
        shared="kitchenware, ceramic, kitchen essential",
        colours=_HOUSE,
        materials="ceramic, porcelain, stoneware, enamel, stainless steel",
        sizes="350 ml, 0.3 l, 12 oz, set of 2, set of 6",
        features=(
            "dishwasher safe, microwave safe, keeps drinks hot, "
            "large handle, glazed by hand, gift boxed"
        ),
    ),
    Category(
        path=("Kitchen", "Pans"),
        originals=33,
        kinds=(
            Kind(kitchen.frying_pan, "frying pan, skillet, non-stick pan", "Bratpfanne", "poêle"),
            Kind(kitchen.saucepan, "saucepan, milk pan", "Stielkasserolle", "casserole à manche"),
            Kind(
                kitchen.casserole, "casserole pan, stock pot, dutch oven", "Schmortopf", "cocotte"
            ),
        ),
        shared="cookware, kitchenware, kitchen essential",
        colours="black, grey, red, copper, silver, teal, white, orange",
        materials="cast iron, stainless steel, aluminium, enamel, copper",
        sizes="24 cm, 28 cm, 20 cm, 2.5 l, set of 2",
        features=(
            "non-stick coating, for induction too, dishwasher safe, "
            "heat-proof handle, oven safe, glass lid"
        ),
    ),
    Category(
        path=("Home", "Lamps"),
        originals=34,
        kinds=(
            Kind(home.table_lamp, "table lamp, bedside lamp", "Tischlampe", "lampe de table"),
            Kind(home.desk_lamp, "desk lamp, reading lamp", "Schreibtischlampe", "lampe de bureau"),
            Kind(home.pendant_lamp, "pendant lamp, ceiling light", "Hängelampe", "suspension"),
            Kind(home.floor_lamp, "floor lamp, tripod lamp", "Stehlampe", "lampadaire"),
        ),
        shared="home decor, living room decor, bedroom accessory",
        colours=_HOUSE,
        materials="metal, wood, linen, glass, ceramic",
        sizes="45 cm, E27, 160 cm, H 30cm",
        features="E27 socket, bulb not included, warm light, dimmable, cable switch, easy to mount",
    ),
    Category(
        path=("Home", "Cushions"),
        originals=33,
        kinds=(
            Kind(
                home.square_cushion, "cushion, throw pillow, scatter cushion", "Kissen", "coussin"
            ),
            Kind(
                home.round_cushion,
                "round cushion, seat cushion, pouf pillow",
                "Sitzkissen",
                "coussin rond",
            ),
            Kind(home.bolster, "lumbar cushion, bolster", "Lendenkissen", "traversin"),
        ),
        shared="home decor, living room decor, bedroom accessory",
        colours=_HOUSE,
        materials="cotton, linen, velvet, polyester",
        sizes="45x45 cm, 40 x 40, 50x30cm, set of 2",
        features=(
            "hidden zip, soft filling, machine washable at 30, "
            "cover can be taken off, soft fabric, filling included"
        ),
    ),
    Category(
        path=("Electronics", "Headphones"),
        originals=34,
        kinds=(
            Kind(
                electronics.over_ear, "headphones, over-ear headphones", "Kopfhörer", "casque audio"
            ),
            Kind(electronics.tilted_headphones, "DJ headphones, headset", "Headset", "casque DJ"),
            Kind(electronics.earphones, "earphones, in-ear headphones", "Ohrhörer", "écouteurs"),
            Kind(
                electronics.earbuds,
                "earbuds, wireless buds",
                "In-Ear Kopfhörer",
                "écouteurs sans fil",
            ),
        ),
        shared="gadget, wireless device, audio & mobile",
        colours=_GADGET,
        materials="plastic, aluminium, silicone",
        sizes="one size, 40 mm, 1.2 m cable",
        features=(
            "deep bass, Bluetooth 5.0, noise cancelling, "
            "30 hours of battery, microphone, USB charging"
        ),
    ),
    Category(
        path=("Electronics", "Phones"),
        originals=34,
        kinds=(
            Kind(
                electronics.phone,
                "smartphone, mobile phone, cell phone",
                "Handy",
                "téléphone portable",
            ),
            Kind(
                electronics.phone_back, "5G smartphone, dual SIM phone", "Smartphone", "smartphone"
            ),
            Kind(
                electronics.button_phone,
                "senior phone, feature phone",
                "Tastenhandy",
                "téléphone à touches",
            ),
        ),
        shared="gadget, wireless device, audio & mobile",
        colours=_GADGET,
        materials="glass, aluminium, plastic",
        sizes="64 GB, 128GB, 6.1 inch, 256 GB",
        features=(
            "dual SIM, fast charging, triple camera, Bluetooth 5.0, unlocked, 30 hours of battery"
        ),
    ),
    Category(
        path=("Toys", "Balls"),
        originals=33,
        kinds=(
            Kind(toys.football, "football, soccer ball", "Fußball", "ballon de foot"),
            Kind(
                toys.basketball, "basketball, street basketball", "Basketball", "ballon de basket"
            ),
            Kind(toys.beach_ball, "beach ball, inflatable ball", "Wasserball", "ballon de plage"),
            Kind(toys.tennis_ball, "tennis balls, bouncy ball", "Tennisbälle", "balles de tennis"),
            Kind(toys.volleyball, "volleyball, play ball", "Volleyball", "ballon de volley"),
        ),
        shared="outdoor toy, sports item, kids gift",
        colours="orange, red, blue, green, yellow, pink, black, brown",
        materials="rubber, PVC, foam, faux leather",
        sizes="size 5, size 4, 22 cm, set of 3",
        features=(
            "pump included, good grip, for indoor and outdoor, "
            "from 3 years, waterproof, stitched by hand"
        ),
    ),
)
"""The categories of things for the home."""
