"""What every page and dialog must be: reachable by the keyboard in reading order, named, and not cut off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QToolButton,
    QWidget,
)

_INNER = ("qt_spinbox_lineedit", "qt_tabwidget_stackedwidget", "qt_scrollarea_viewport")
"""Parts of Qt's own widgets, which speak through the widget they belong to."""


def controls(widget: QWidget) -> list[QWidget]:
    """Every control in it that Tab reaches when it is visible, the hidden and the disabled ones as well."""
    found = [
        child
        for child in widget.findChildren(QWidget)
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus
        and child.focusProxy() is None
        and child.objectName() not in _INNER
        and not isinstance(child.parentWidget(), QTabBar)  # its arrows
        and child.window() is widget.window()  # not the list of a box of choices
    ]
    return [widget, *found] if widget.focusPolicy() & Qt.FocusPolicy.TabFocus else found


def assert_accessible(widget: QWidget) -> None:
    """Every control has a name for screen readers, and what is only an icon has a tooltip."""
    for control in controls(widget):
        name = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
        if isinstance(control, QPushButton) and control.isHidden() and not name:
            continue  # gets its text when it is shown
        assert name.strip(), f"{_describe(control)} has no name"
        silent = isinstance(control, QToolButton) and control.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
        assert not silent or control.toolTip(), f"{_describe(control)} is an icon without a tooltip"


def focus_order(widget: QWidget) -> list[QWidget]:
    """The visible controls in the order in which Tab reaches them."""
    chain: list[QWidget] = []
    here = widget
    while (here := here.nextInFocusChain()) is not widget:
        chain.append(here)
    reached = {id(control) for control in controls(widget)}
    return [control for control in chain if id(control) in reached and control.isVisible() and control.isEnabled()]


def assert_reading_order(widget: QWidget) -> None:
    """Tab goes down, and within a line to the right."""
    order = focus_order(widget)
    for before, after in pairwise(order):
        b, a = (_rect_in(control, widget) for control in (before, after))
        same_line = b[1] < a[3] and a[1] < b[3]
        backwards = a[0] < b[0] if same_line else a[3] <= b[1]
        assert not backwards, f"Tab goes back from {_describe(before)} to {_describe(after)}"


def assert_nothing_cut_off(widget: QWidget) -> None:
    """Every visible text has the room it asks for, and lies within its parent."""
    for child in _texts(widget):
        hint = child.sizeHint()
        if isinstance(child, QLabel) and child.wordWrap():
            needs = child.heightForWidth(child.width())
            assert child.height() >= needs, f"{_describe(child)}: {child.height()} px high, needs {needs}"
        else:
            assert child.width() >= hint.width(), f"{_describe(child)}: {child.width()} px wide, needs {hint.width()}"
            low = child.minimumSizeHint().height()
            assert child.height() >= low, f"{_describe(child)}: {child.height()} px high, needs {low}"
        parent = child.parentWidget()
        assert parent is None or child.geometry().right() <= parent.width(), f"{_describe(child)} sticks out"


def _texts(widget: QWidget) -> Iterator[QWidget]:
    for child in widget.findChildren(QWidget):
        is_text = isinstance(child, QLabel | QPushButton | QCheckBox | QToolButton | QComboBox)
        if is_text and child.isVisible() and not isinstance(child.parentWidget(), QTabBar | QLineEdit):
            yield child


def _rect_in(control: QWidget, widget: QWidget) -> tuple[int, int, int, int]:
    at = control.mapTo(widget, QPoint(0, 0))
    return at.x(), at.y(), at.x() + control.width(), at.y() + control.height()


def _describe(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    kind = "list" if isinstance(widget, QAbstractScrollArea) else "control"
    return f"{type(widget).__name__} ({kind}) {widget.accessibleName() or text!r} in {type(widget.parent()).__name__}"
