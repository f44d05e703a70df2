from collections.abc import Iterable


class Account:
    """Takes the attributes of one account, in any order."""

    def __init__(self, attributes: Iterable[str]):
        self._cells: dict[str, list[str]] = {attribute: [] for attribute in attributes}
        #: What there is to say about the account: kind, attribute or None, message.
        self.remarks: list[tuple[str, str | None, str]] = []

    def set(self, attribute: str, value: str) -> None:
        """The attribute has this one value."""
        self.set_all(attribute, [value])

    def set_all(self, attribute: str, values: Iterable[str]) -> None:
        """The attribute has these values, or none."""
        if attribute not in self._cells:
            raise KeyError(f"{attribute} is none of the attributes that the mapping manages")
        self._cells[attribute] = list(values)

    def left_alone(self, attribute: str) -> None:
        """The mapping does not manage this attribute here: the account keeps its value."""
        self.set_all(attribute, [])
        self.remarks.append(("left-alone", attribute, ""))

    def warn(self, attribute: str, message: str) -> None:
        """The value is good to use, and a person should know this about it."""
        self.remarks.append(("warning", attribute, message))

    def error(self, attribute: str, message: str) -> None:
        """There is no usable value for this attribute; the others are still good."""
        self.set_all(attribute, [])
        self.remarks.append(("error", attribute, message))

    def warn_all(self, message: str) -> None:
        """The account is good to use, and a person should know this about it."""
        self.remarks.append(("warning", None, message))

    def fail(self, message: str) -> None:
        """Nothing about this account is usable."""
        self.remarks.append(("error", None, message))

    def cells(self) -> list[list[str]]:
        """The values of all attributes, in their order."""
        return list(self._cells.values())
