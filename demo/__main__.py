"""`python -m demo` writes the sample catalogue and the kit photo into the package."""

from aisle.catalogue import CATALOGUE_FILE, KIT_FILE
from demo.kit import kit_photo
from demo.table import write_table

write_table(CATALOGUE_FILE)
KIT_FILE.write_bytes(kit_photo())
