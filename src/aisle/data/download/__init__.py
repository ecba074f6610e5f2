"""Pictures from many addresses, safely and with resume."""
