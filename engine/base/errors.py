"""Errors the user may meet: a kind and its arguments cross the wire, the sentence is made at the end.

Two families, after qutebrowser: the world's fault (`AlbumenError`, shown kindly) and ours (anything else,
reported with its traceback). `Cancelled` is neither and shows nothing.
"""

from __future__ import annotations

from typing import ClassVar


class Cancelled(Exception):
    """The user asked to stop; raised by the call that reports progress."""


class AlbumenError(Exception):
    """An error with a kind, arguments and one English sentence; the window translates by kind.

    A subclass gives `kind` and `sentence`; the placeholders of the sentence are its arguments, all strings.
    """

    kind: ClassVar[str] = "error"
    sentence: ClassVar[str] = "{detail}"
    _kinds: ClassVar[dict[str, type[AlbumenError]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.kind in AlbumenError._kinds:
            raise TypeError(f"two errors of kind {cls.kind!r}")
        AlbumenError._kinds[cls.kind] = cls

    def __init__(self, **arguments: object) -> None:
        self.arguments: dict[str, str] = {name: str(value) for name, value in arguments.items()}
        super().__init__(self.sentence.format(**self.arguments))

    @staticmethod
    def from_wire(kind: str, arguments: dict[str, str]) -> AlbumenError:
        """Build the error again on the other side of the wire; an unknown kind becomes an `InternalError`."""
        cls = AlbumenError._kinds.get(kind)
        try:
            if cls is not None:
                return cls(**arguments)
        except KeyError:
            pass
        return InternalError(detail=f"{kind} {arguments}")


class InternalError(AlbumenError):
    kind = "internal"
    sentence = "Something went wrong inside Albumen: {detail} Please report it with the log file."


class UsageError(AlbumenError):
    """A wrong option value; the command line answers it with exit code 2."""

    kind = "usage"
    sentence = "{detail}"


# Photos


class PhotoMissing(AlbumenError):
    kind = "photo_missing"
    sentence = "{path}: there is no such file. Check the name and try again."


class PhotoForbidden(AlbumenError):
    kind = "photo_forbidden"
    sentence = "{path}: this file may not be read. Give yourself permission to read it and try again."


class PhotoEmpty(AlbumenError):
    kind = "photo_empty"
    sentence = "{path}: the file is empty (0 bytes). Copy it again from where it came from."


class PhotoNotAnImage(AlbumenError):
    kind = "photo_not_an_image"
    sentence = "{path}: this is not a picture Albumen can read. Save it as JPEG, PNG or TIFF and try again."


class PhotoDamaged(AlbumenError):
    kind = "photo_damaged"
    sentence = "{path}: the file is cut short or damaged. Copy or scan it again."


class PhotoTooLarge(AlbumenError):
    kind = "photo_too_large"
    sentence = (
        "{path}: {width} x {height} pixels are more than Albumen opens ({limit_mp} megapixels). Make it smaller first."
    )


class PhotoFileTooLarge(AlbumenError):
    kind = "photo_file_too_large"
    sentence = "{path}: a file of {size_mb} MB is more than Albumen opens ({limit_mb} MB). Make it smaller first."


class PhotoKindNotSupported(AlbumenError):
    kind = "photo_kind_not_supported"
    sentence = "{path}: this is {what}, which Albumen cannot read. Save it as RGB with 8 or 16 bits and try again."


class NoFaceFound(AlbumenError):
    kind = "no_face"
    sentence = "{path}: no face was found."


class FolderForbidden(AlbumenError):
    kind = "folder_forbidden"
    sentence = "{path}: this folder may not be read. Give yourself permission to open it and try again."


class BrushUnreadable(AlbumenError):
    """The picture of what the user painted on a face, which is a scratch file of the window's."""

    kind = "brush_unreadable"
    sentence = "{path}: what was painted on a face is missing or damaged. Paint it again."


class CandidateUnreadable(AlbumenError):
    """A candidate's picture that an edit names."""

    kind = "candidate_unreadable"
    sentence = "{path}: this version of a face is missing or damaged. Plug in its disk, or restore the face again."


# Recipes


class RecipeUnreadable(AlbumenError):
    kind = "recipe_unreadable"
    sentence = "{path}: this holds no recipe of Albumen's, or a damaged one. Choose a result, or the .json beside it."


class RecipePhotoMissing(AlbumenError):
    kind = "recipe_photo_missing"
    sentence = "{path}: the original photo, {photo}, is not beside this file. Name the original too."


class NotThePhotoOfRecipe(AlbumenError):
    kind = "not_the_photo_of_recipe"
    sentence = "{path}: this is not the photo of this recipe, or it was changed since. Choose the original as it was."


class RecipeModelMissing(AlbumenError):
    kind = "recipe_model_missing"
    sentence = "The model {model}, with which this was made, is not installed here. Import it or fetch it first."


class RecipeModelChanged(AlbumenError):
    kind = "recipe_model_changed"
    sentence = "{path}: this is another version of the model {model} than the one with which this was made."


class RecipeUnfit(AlbumenError):
    kind = "recipe_unfit"
    sentence = "This recipe cannot be followed here: {detail}"


# Writing


class OutputForbidden(AlbumenError):
    kind = "output_forbidden"
    sentence = "{path}: Albumen may not write there. Choose another folder."


class DiskFull(AlbumenError):
    kind = "disk_full"
    sentence = "{path}: the disk is full. Free some space and try again; what is finished is kept."


class OutputTooLarge(AlbumenError):
    kind = "output_too_large"
    sentence = "{path}: {width} x {height} pixels are more than a file of this format holds. Choose PNG instead."


class WouldOverwriteOriginal(AlbumenError):
    kind = "would_overwrite_original"
    sentence = "{path}: this is the original, which Albumen never writes to. Choose another output folder."


class FolderBusy(AlbumenError):
    kind = "folder_busy"
    sentence = "{path}: another run of Albumen is writing its results there. Wait for it, or choose another folder."


# Catalogue of the window


class CatalogueDamaged(AlbumenError):
    kind = "catalogue_damaged"
    sentence = (
        "The catalogue of photos was damaged and was set aside as {aside}; nothing was deleted. "
        "Open Albumen again: it brings your work back from its safety copies."
    )


class CataloguePartLost(AlbumenError):
    """Damage met while the catalogue is in use; the next start checks the whole file."""

    kind = "catalogue_part_lost"
    sentence = "{path}: a part of the catalogue cannot be read. Close Albumen and open it again; nothing is deleted."


class CatalogueTooNew(AlbumenError):
    kind = "catalogue_too_new"
    sentence = "{path}: this catalogue was made by a newer Albumen. Install the newest version; nothing was changed."


class CatalogueLocked(AlbumenError):
    kind = "catalogue_locked"
    sentence = "{path}: this album is open in another window of Albumen. Close that one first."


class CatalogueNotWritten(AlbumenError):
    kind = "catalogue_not_written"
    sentence = "{path}: the disk refused to take a change ({detail}). What was kept before is safe."


class SidecarDamaged(AlbumenError):
    kind = "sidecar_damaged"
    sentence = "The safety copy of the work on a photo was damaged and was set aside as {aside}; nothing was deleted."


class SidecarTooNew(AlbumenError):
    kind = "sidecar_too_new"
    sentence = "{path}: this safety copy was made by a newer Albumen and was left as it is."


class NameTaken(AlbumenError):
    kind = "name_taken"
    sentence = "There is already something called {name}. Choose another name."


class NotTheSamePhoto(AlbumenError):
    kind = "not_the_same_photo"
    sentence = "{path}: this is another picture than the one that is missing. Choose the file with the same content."


class PresetUnreadable(AlbumenError):
    kind = "preset_unreadable"
    sentence = (
        "{path}: these are no settings of Albumen, or they are damaged ({detail}). Choose a file that Albumen exported."
    )


class TemplateUnknownField(AlbumenError):
    kind = "template_unknown_field"
    sentence = "{{{field}}} cannot be part of a name. Known are: {known}."


class TemplateMalformed(AlbumenError):
    kind = "template_malformed"
    sentence = "{template}: a brace is missing, or something in braces is wrong. Write e.g. {{name}}-{{counter:3}}."


# Models


class UnknownModel(AlbumenError):
    kind = "unknown_model"
    sentence = "There is no model called {model}. Known are: {known}."


class WeightsMissing(AlbumenError):
    kind = "weights_missing"
    sentence = "{path}: the weights of model {model} are not there. {advice}"


class WeightsDamaged(AlbumenError):
    kind = "weights_damaged"
    sentence = "{path}: this file is not the one the model {model} needs (damaged or changed). Import it again."


class WeightsUnsafe(AlbumenError):
    kind = "weights_unsafe"
    sentence = "{path}: this file holds more than weights and was not opened. Get it from its original source."


class WeightsUnreadable(AlbumenError):
    kind = "weights_unreadable"
    sentence = "{path}: this is no file of weights, or it is cut short. Get it again from its original source."


class WeightsUnfit(AlbumenError):
    kind = "weights_unfit"
    sentence = "{path}: Albumen cannot use these weights: {detail}."


class ModelListDamaged(AlbumenError):
    kind = "model_list_damaged"
    sentence = "{path}: this list of models is damaged ({detail}). Install Albumen, or the model pack, again."


class LicenceNotAccepted(AlbumenError):
    kind = "licence_not_accepted"
    sentence = (
        "The model {model} may be used only under its licence ({licence}). Read it with: albumen models licence {model}"
    )


class NoNetwork(AlbumenError):
    kind = "no_network"
    sentence = "{url}: the connection failed ({detail}). Check the network and try again; what has come is kept."


class FetchRefused(AlbumenError):
    kind = "fetch_refused"
    sentence = "{url}: the server does not hand this file out ({detail}). Get it another way and import it."


class GoldenMissing(AlbumenError):
    kind = "golden_missing"
    sentence = "{path}: the golden numbers are not there. Name the folder that holds them with --dir."


# Training


class CheckpointDamaged(AlbumenError):
    kind = "checkpoint_damaged"
    sentence = "{path}: this checkpoint is cut short or damaged. Delete it to begin anew, or give another folder."


class CheckpointUnfit(AlbumenError):
    kind = "checkpoint_unfit"
    sentence = (
        "{path}: this checkpoint is of another network than the configuration names: {detail}. "
        "Give another folder, or the configuration it was begun with."
    )


class TrainingDiverged(AlbumenError):
    kind = "training_diverged"
    sentence = "At step {step} the loss is no number any more. Go on from the checkpoint with a lower learning_rate."


# Machine and workers


class NoSuchDevice(AlbumenError):
    kind = "no_such_device"
    sentence = "This computer has no {device} that Albumen can use. Choose --device cpu or auto."


class OutOfMemory(AlbumenError):
    kind = "out_of_memory"
    sentence = "{path}: there is not enough memory for this, even in small pieces. Close other programs and try again."


class NotFinite(AlbumenError):
    kind = "not_finite"
    sentence = "The model computed no picture on this device. Choose --precision fp32 or --device cpu, and try again."


class WorkerLost(AlbumenError):
    kind = "worker_lost"
    sentence = (
        "A part of Albumen ({role}) stopped while it was busy with {path}. What was there is as it was; try again."
    )


class WorkerStopped(AlbumenError):
    kind = "worker_stopped"
    sentence = "A part of Albumen ({role}) stopped. Its log says: {detail}"


class WorkerWontStart(AlbumenError):
    kind = "worker_wont_start"
    sentence = "A part of Albumen ({role}) does not start. Its log says: {detail}"


class WorkerGivenUp(AlbumenError):
    kind = "worker_given_up"
    sentence = "A part of Albumen ({role}) stopped {times} times within minutes and stays off. Its log says: {detail}"


class ProtocolMismatch(AlbumenError):
    kind = "protocol_mismatch"
    sentence = (
        "A part of Albumen ({role}) is of another version (protocol {theirs} instead of {ours}). Install Albumen again."
    )


class BadMessage(AlbumenError):
    """A line that is no message, or a message that cannot be acted upon."""

    kind = "bad_message"
    sentence = "A message between the parts of Albumen could not be used: {detail}"


class PathRefused(AlbumenError):
    """A path in a message that is not absolute, or lies outside the folders its job names."""

    kind = "path_refused"
    sentence = "{path}: this path lies outside the folders of its job and was not used."


class PathNotText(AlbumenError):
    kind = "path_not_text"
    sentence = "{path}: this name, or that of a folder above it, is not valid text. Rename it and try again."


class ExtraMissing(AlbumenError):
    kind = "extra_missing"
    sentence = "For this, Albumen needs a part that is not installed. Install it with: pip install 'albumen[{extra}]'"
