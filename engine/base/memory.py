"""How a lack of memory shows; imports nothing heavy."""

from __future__ import annotations

_SIGNS = (
    "out of memory",  # CUDA and MPS
    "can't allocate memory",  # torch on the processor
    "not enough memory",
    "could not create a memory",  # oneDNN
    "could not create a primitive",
    "insufficient memory",  # OpenCV
    "bad_alloc",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python, torch or OpenCV says that there was not enough memory."""
    if isinstance(error, MemoryError):
        return True
    foreign = isinstance(error, RuntimeError) or type(error).__module__ == "cv2"
    text = str(error).lower().replace("could not create a primitive descriptor", "")  # oneDNN knows no such operation
    return foreign and any(sign in text for sign in _SIGNS)
