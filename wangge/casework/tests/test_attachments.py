"""Pictures and documents: cleaned, sealed, in scope, and no more than what was meant leaves the house."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from wangge.audit.models import Look
from wangge.casework import attachments
from wangge.casework.models import Attachment, Case
from wangge.casework.tests.conftest import Play
from wangge.casework.workflow import Step
from wangge.kit import clock, crypto
from wangge.org import scope
from wangge.org.scope import Actor

ClientFor = Callable[[Actor | None], Client]
GPS = 0x8825


def photo(size: tuple[int, int] = (640, 480)) -> bytes:
    """A picture as a phone takes it, with the place in its EXIF."""
    image = Image.new("RGB", size, (40, 120, 60))
    exif = Image.Exif()
    exif.get_ifd(GPS)[2] = (36.0, 39.0, 12.0)
    exif[0x010F] = "PhoneMaker"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def upload(client: Client, data: bytes, name: str = "现场.jpg", phase: str = "report") -> Any:
    return client.post("/api/v1/attachments", {"file": SimpleUploadedFile(name, data), "phase": phase})


def stored(pk: str) -> Attachment:
    with scope.applied(scope.EVERYTHING):
        return Attachment.objects.get(pk=pk)


def attached(act: Play, client: Client, data: bytes | None = None) -> tuple[Case, str]:
    made = upload(client, data if data is not None else photo()).json()
    return act.submit(attachment_ids=(made["id"],)), made["id"]


def test_a_picture_is_cleaned_and_its_original_sealed(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    data = photo()
    answer = upload(client_for(people.dispatcher), data)

    assert answer.status_code == 201, answer.json()
    row = stored(answer.json()["id"])
    root = Path(settings.WANGGE.data_dir)
    clean = (root / row.path).read_bytes()
    assert b"PhoneMaker" not in clean
    assert not Image.open(io.BytesIO(clean)).getexif()
    assert Image.open(root / row.thumbnail).width == 360
    assert (row.width, row.height, row.content_type) == (640, 480, "image/jpeg")
    sealed = root / row.sealed_path
    assert sealed.read_bytes() == data
    assert bytes(row.sealed_sm3) == crypto.sm3(data)
    assert sealed.stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 422, id="svg"),
        pytest.param(b"<html><script>alert(1)</script>", 422, id="page"),
        pytest.param(b"MZ\x90\x00" + b"\x00" * 100, 422, id="program"),
        pytest.param(b"", 422, id="nothing"),
        pytest.param(photo()[:400], 422, id="cut short"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, 422, id="broken"),
    ],
)
def test_what_is_no_picture_is_refused(
    data: bytes, status: int, act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    assert upload(client_for(people.dispatcher), data).status_code == status
    with scope.applied(scope.EVERYTHING):
        assert not Attachment.objects.exists()


def test_what_hides_behind_a_picture_does_not_come_out(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    row = stored(upload(client_for(people.dispatcher), photo() + b"<script>alert(1)</script>").json()["id"])

    assert b"<script>" not in (Path(settings.WANGGE.data_dir) / row.path).read_bytes()


def test_a_file_above_the_limit_is_refused(
    act: Play, people: SimpleNamespace, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "wangge.casework.attachments.settings", SimpleNamespace(WANGGE=SimpleNamespace(upload_limit_mb=0))
    )

    answer = upload(client_for(people.dispatcher), photo())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b\\c.jpg", "", "x" * 300 + ".jpg", "a\u202egpj.exe"])
def test_a_name_is_only_a_name(name: str, act: Play, people: SimpleNamespace) -> None:
    with scope.acting(people.dispatcher):
        row = attachments.store(
            data=photo((8, 8)), filename=name, phase="report", uploader_id=people.dispatcher.user_id
        )

    assert row.path == f"attachments/{row.uploaded_at:%Y/%m}/{row.pk}.jpg"
    assert "/" not in row.name
    assert "\\" not in row.name
    assert 0 < len(row.name) <= 120
    assert "\u202e" not in row.name


def test_a_picture_is_served_to_those_who_see_its_case(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    client = client_for(people.dispatcher)
    _, pk = attached(act, client)
    answer = client_for(people.subdistrict_dispatcher).get(f"/api/v1/attachments/{pk}/picture")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private")
    assert answer["Content-Disposition"].startswith("inline;")
    assert client.get(f"/api/v1/attachments/{pk}/thumbnail").status_code == 200
    for stranger in (people.other_subdistrict_dispatcher, people.other_department_clerk):
        for variant in ("picture", "thumbnail", "sealed"):
            refused = client_for(stranger).get(f"/api/v1/attachments/{pk}/{variant}?purpose=核实情况")
            assert refused.status_code == 404


def test_an_upload_is_its_uploaders_until_a_case_claims_it(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    made = upload(client_for(people.dispatcher), photo()).json()

    assert client_for(people.dispatcher).get(made["url"]).status_code == 200
    assert client_for(people.leader).get(made["url"]).status_code == 404


def test_the_sealed_original_needs_the_right_and_a_purpose(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    data = photo()
    client = client_for(people.dispatcher)
    _, pk = attached(act, client, data)
    path = f"/api/v1/attachments/{pk}/sealed"

    assert client_for(people.leader).get(f"{path}?purpose=核实").status_code == 403
    assert client.get(path).status_code == 422
    assert not Look.objects.exists()
    answer = client.get(f"{path}?purpose=作为证据移交")
    assert answer.content == data
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Cache-Control"] == "no-store"
    look = Look.objects.get()
    assert (look.subject_type, str(look.subject_id), look.purpose) == ("attachment", pk, "作为证据移交")


def test_a_pdf_is_a_download_in_a_sandbox(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    data = b"%PDF-1.7\n" + b"x" * 200
    client = client_for(people.dispatcher)
    made = upload(client, data, "告知书.pdf").json()
    answer = client.get(made["url"])

    assert made["thumbnail_url"] == ""
    assert answer.content == data
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(f"/api/v1/attachments/{made['id']}/thumbnail").status_code == 404


def test_a_picture_sent_with_a_step_is_on_the_case(act: Play, people: SimpleNamespace, client_for: ClientFor) -> None:
    case = act.dispatched()
    clerk = people.department_clerk
    made = upload(client_for(clerk), photo(), phase="handle").json()
    act.step(case, Step.HANDLE, clerk, result="已清运", attachments=[made["id"]])

    page = client_for(clerk).get(f"/api/v1/cases/{case.pk}").json()
    assert [(one["id"], one["phase"]) for one in page["attachments"]] == [(made["id"], "handle")]


def test_what_nobody_claimed_is_gone_after_a_day_and_nothing_else(
    act: Play, people: SimpleNamespace, client_for: ClientFor
) -> None:
    client = client_for(people.dispatcher)
    _, kept = attached(act, client)
    forgotten = stored(upload(client, photo()).json()["id"])
    root = Path(settings.WANGGE.data_dir)
    orphan = root / "attachments" / "2020" / "01" / "left.jpg"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"x")
    later = clock.now() + timedelta(days=2)
    os.utime(orphan, (later.timestamp() - 3 * 86400,) * 2)
    assert attachments.prune() == 1  # today only the orphan is old enough
    assert (root / forgotten.path).exists()

    assert attachments.prune(at=later) >= 3
    assert not (root / forgotten.path).exists()
    assert not (root / forgotten.sealed_path).exists()
    with scope.applied(scope.EVERYTHING):
        assert [str(pk) for pk in Attachment.objects.values_list("pk", flat=True)] == [kept]
        assert attachments.missing_files() == []
    assert client.get(f"/api/v1/attachments/{kept}/picture").status_code == 200


def test_a_residents_upload_is_claimed_by_their_report(act: Play) -> None:
    resident = scope.system_actor("居民")
    with scope.acting(resident):
        made = attachments.store(data=photo(), filename="a.jpg", phase="report", uploader_id=None)
    case = act.submit(by=resident, channel="public", attachment_ids=(made.pk,))

    assert stored(str(made.pk)).case_id == case.pk
