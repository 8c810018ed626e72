"""Long sheets: one bad row among many, a kill in the middle, two at once, the same again."""

from __future__ import annotations

import csv
import gzip
import io
import os
import signal
import subprocess
import sys
import time

import pytest

from tests import factories
from tests.registry_rows import id_number, make_home
from wangge.kit import tables
from wangge.kit.errors import NotFound
from wangge.org import scope
from wangge.registry.models import Import, ImportRow, Person
from wangge.registry.selectors import imports as reading
from wangge.registry.services import imports
from wangge.registry.services.imports import files as imports_files
from wangge.registry.services.imports import result as imports_result
from wangge.registry.services.imports import rows as imports_rows
from wangge.registry.services.imports import running as imports_running

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 20_000
HEAD = ("姓名", "证件类型", "身份证号", "人口类型", "楼栋编码", "房号", "联系电话")
COMMAND = [sys.executable, "-c", "from wangge.config.cli import main; main()", "registry", "import"]


def number_of(row):
    """Not an area of Jinan either; each once."""
    return id_number(row % 1000, area=f"9999{row // 1000:02}")


def write(path, rows=ROWS, *, bad=12_345):
    with path.open("w", newline="", encoding="utf-8") as out:
        sheet = csv.writer(out)
        sheet.writerow(HEAD)
        for row in range(rows):
            number = "３" if row == bad else number_of(row)
            phone = f"139{row:08}"
            sheet.writerow((f"某{row % 50}", "身份证", number, "户籍人口", "T-grid1-1", f"{row // 4 + 100}", phone))
    return path


@pytest.fixture
def system(transactional_db):
    actor = scope.system_actor("test")
    district = factories.make_district()
    with scope.acting(actor):
        make_home(district, "grid1")
    return actor


def begin(file, *words):
    command = [*COMMAND, str(file), "--kind", "residents", "--source", "test", *words]
    return subprocess.Popen(
        command,
        env=os.environ.copy(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def state(superuser):
    row = superuser.execute("select next_row, created, failed, state from registry_import").fetchone()
    return row or (0, 0, 0, "")


def wait_for(superuser, least, process, seconds=120):
    end = time.monotonic() + seconds
    while state(superuser)[0] < least:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def family(group):
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.getpgid(int(entry)) == group:
                found.append(int(entry))
        except ProcessLookupError:
            continue
    return found


def test_killed_in_the_middle_it_goes_on_where_it_stood(system, superuser, tmp_path):
    file = write(tmp_path / "名单.csv")
    first = begin(file)
    wait_for(superuser, imports_running.LOT, first)
    run_id = superuser.execute("select id from registry_import").fetchone()[0]

    with file.open("rb") as source, pytest.raises(imports.ImportRepeated) as told, scope.acting(system):
        imports.upload(source=source, filename="again.csv", kind="residents", by=system)
    assert told.value.extra["import_id"] == str(run_id)
    with scope.acting(system), pytest.raises(imports_running.ImportBusy):
        imports.start(import_id=run_id, by=system)
    with pytest.raises(imports_running.ImportBusy):
        imports_running.run_lots(import_id=run_id, by=system)
    with scope.acting(system):
        assert reading.state_of(reading.import_of(run_id, by=system)) == "running"

    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    end = time.monotonic() + 20
    while family(first.pid) and time.monotonic() < end:
        time.sleep(0.1)
    assert not family(first.pid), "its helpers ended with it"
    done, created, failed, _ = state(superuser)
    assert 0 < done < ROWS
    assert created + failed == done
    assert superuser.execute("select count(*) from registry_person").fetchone()[0] == created + 2
    with scope.acting(system):
        assert reading.state_of(reading.import_of(run_id, by=system)) == "paused"

    second = begin(file)
    _, errors = second.communicate(timeout=300)
    assert second.returncode == 0, errors
    assert f"{ROWS}/{ROWS}" in errors
    assert state(superuser) == (ROWS, ROWS - 1, 1, "done")
    people, numbers = superuser.execute(
        "select count(*), count(distinct id_key) from registry_person where source = 'test'"
    ).fetchone()
    assert people == numbers == ROWS - 1 + 2
    bad = superuser.execute("select row, outcome from registry_importrow").fetchall()
    assert bad == [(12_347, "failed")]


def test_the_same_people_in_another_file_are_the_same(system, tmp_path):
    def bring(rows, name):
        file = write(tmp_path / name, rows, bad=-1)
        with scope.acting(system), file.open("rb") as source:
            run = imports.upload(source=source, filename=name, kind="residents", by=system)
            imports.start(import_id=run.id, by=system)
        return imports_running.run_lots(import_id=run.id, by=system)

    assert bring(3000, "a.csv").created == 3000
    again = bring(3001, "b.csv")
    assert (again.created, again.same, again.conflicts, again.failed) == (1, 3000, 0, 0)
    with scope.acting(system):
        assert Person.objects.count() == 3003


def test_what_comes_back_of_a_long_sheet_are_the_rows_with_a_remark(system, tmp_path, monkeypatch):
    monkeypatch.setattr(imports_rows, "LONG", 10)
    file = write(tmp_path / "a.csv", 40, bad=7)
    with scope.acting(system), file.open("rb") as source:
        run = imports.upload(source=source, filename="a.csv", kind="residents", by=system)
        imports.start(import_id=run.id, by=system)
    run = imports_running.run_lots(import_id=run.id, by=system)
    out = io.BytesIO()
    with scope.acting(system):
        assert imports_result.write(run=run, out=out) == 1
    back = tables.read_table(out.getvalue(), "back.xlsx")
    assert back.columns == ("原表行号", *HEAD, "导入结果")
    assert back.rows[0][0] == "9"
    assert back.rows[0][1]
    assert "全角" in back.rows[0][-1]


def test_an_interrupted_run_is_paused_and_its_written_lots_stand(system, tmp_path, monkeypatch):
    monkeypatch.setattr(imports_running, "LOT", 10)
    file = write(tmp_path / "a.csv", 40, bad=-1)
    with scope.acting(system), file.open("rb") as source:
        run = imports.upload(source=source, filename="a.csv", kind="residents", by=system)
        imports.start(import_id=run.id, by=system)

    def stop(now):
        if now.next_row == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imports_running.run_lots(import_id=run.id, by=system, progress=stop)
    with scope.acting(system):
        half = Import.objects.get(id=run.id)
        assert (half.state, half.next_row, half.created) == ("paused", 20, 20)
        imports.start(import_id=run.id, by=system)
    done = imports_running.run_lots(import_id=run.id, by=system)
    assert (done.created, done.same, done.state) == (40, 0, "done")


def test_files_are_deleted_in_time_and_what_was_made_of_them_stays(system, tmp_path, settings):
    file = write(tmp_path / "a.csv", 3, bad=-1)
    with scope.acting(system), file.open("rb") as source:
        run = imports.upload(source=source, filename="a.csv", kind="residents", by=system)
    kept = settings.WANGGE.data_dir / run.file_path
    assert imports.forget_files(days=30) == 0
    assert kept.exists()
    with scope.acting(system):
        Import.objects.update(created_at="2026-01-01T00:00:00Z")
    assert imports.forget_files(days=30) == 1
    assert not kept.exists()
    with scope.acting(system):
        assert not ImportRow.objects.exists()


def test_an_import_whose_file_retention_took_has_none_to_delete_or_seal_again(system, tmp_path):
    file = write(tmp_path / "a.csv", 3, bad=-1)
    with scope.acting(system), file.open("rb") as source:
        run = imports.upload(source=source, filename="a.csv", kind="residents", by=system)
    with scope.acting(system):
        Import.objects.update(created_at="2026-01-01T00:00:00Z", file_path="")
        run.refresh_from_db()

    assert imports.forget_files(days=30) == 0
    assert imports.reseal() == 0
    with pytest.raises(NotFound):
        imports_rows.file_of(run)


def test_a_bomb_is_refused_before_it_is_kept(system, monkeypatch):
    monkeypatch.setattr(imports_files, "MAX_BYTES", 1 << 20)
    bomb = gzip.compress(b"a,b\n" + b"0" * (4 << 20))
    with scope.acting(system), pytest.raises(tables.TableUnreadable, match="MB"):
        imports.upload(source=io.BytesIO(bomb), filename="a.csv.gz", kind="residents", by=system)
    with scope.acting(system):
        assert not Import.objects.exists()
