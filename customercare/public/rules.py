"""What of a message may stand on a page that a forwarded link opens. Pure."""

import re
from typing import Final

# The greeting names a person; codes and links have their own place on the page.
KEPT_OUT: Final = ("{customer_name}", "{voucher_code}", "{voucher_value}", "{voucher_until}", "{order_url}")
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n")


def story_text(text: str) -> str:
    """The paragraphs of a wording that tell what happened, without those that greet, hand over codes or link."""
    paragraphs = (part.strip() for part in _PARAGRAPH.split(text.replace("\r\n", "\n")))
    return "\n\n".join(part for part in paragraphs if part and not any(name in part for name in KEPT_OUT))
