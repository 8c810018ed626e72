"""Requests that get as far as looking for their object; the name of an id stands for an id of the test."""

from __future__ import annotations

from typing import Any

# What a route needs in order to get as far as looking for its object.
BODIES: dict[str, Any] = {
    "POST /cases/{case_id}/steps/{step}": {"version": 1, "reason": "补充说明"},
    "POST /cases/{case_id}/look": {"purpose": "回访核实"},
    "POST /whistles/{whistle_id}/steps/{step}": {},
    "POST /notices/{notice_id}/answer": {"answer": "已安排人员，今日完成"},
    "PATCH /users/{user_id}": {},
    **{f"PATCH /registry/{kind}": {"version": 1} for kind in (
        "buildings/{building_id}", "dwellings/{dwelling_id}", "estates/{estate_id}", "premises/{premises_id}",
        "organisations/{organisation_id}", "components/{component_id}", "devices/{device_id}", "persons/{person_id}",
        "households/{household_id}",
    )},
    "POST /registry/buildings/{building_id}/entrances": {"name": "9单元"},
    "PATCH /registry/buildings/{building_id}/entrances/{entrance_id}": {"name": "8单元"},
    "POST /registry/buildings/{building_id}/dwellings": {"labels": ["909"]},
    "POST /registry/buildings/{building_id}/dwellings/replace": {
        "dwellings": ["dwelling_id"], "labels": ["301A"], "reason": "房屋分割",
    },
    "DELETE /registry/dwellings/{dwelling_id}": {"version": 1, "reason": "登记错误"},
    "POST /registry/estates/{estate_id}/services": {"role": "courtyard_team", "name": "一队"},
    "POST /registry/estates/{estate_id}/services/{service_id}/look": {"purpose": "联系物业抢修"},
    "POST /registry/organisations/{organisation_id}/look": {"purpose": "通知整改隐患"},
    "POST /registry/persons/{person_id}/look": {"purpose": "入户走访核实", "fields": ["name"]},
    "POST /registry/persons/{person_id}/move": {"version": 1, "dwelling_id": "dwelling_id"},
    "POST /registry/persons/{person_id}/leave": {"version": 1, "status": "absent"},
    "POST /registry/persons/{person_id}/merge": {"version": 1, "other": "child_id", "reason": "重复登记"},
    "POST /registry/organisations/{organisation_id}/merge": {
        "version": 1, "other": "child_id", "reason": "重复登记",
    },
    "POST /registry/corrections/{correction_id}/look": {"purpose": "核对户籍信息"},
    "POST /registry/corrections/{correction_id}/decision": {"accepted": False, "reason": "与户籍不符"},
    "POST /registry/persons/{person_id}/confirm": {"groups": ["contact"]},
    "POST /registry/persons/{person_id}/tags": {"kind": "living_alone", "source": "入户走访"},
    "PATCH /registry/persons/{person_id}/tags/{tag_id}": {"source": "入户走访"},
    "DELETE /registry/persons/{person_id}/tags/{tag_id}": {"reason": "情况变化"},
    "POST /registry/persons/{person_id}/relations": {"other": "child_id", "kind": "carer"},
    "DELETE /registry/persons/{person_id}/ties/{tie_id}": {},
    "POST /divisions/plans/{plan_id}/steps/{step}": {"reason": "年度复核调整", "valid_from": "2020-01-01"},
    "POST /divisions/plans/{plan_id}/communities/{community_id}/steps/{step}": {"version": 1, "labels": [0]},
    "POST /divisions/plans/{plan_id}/teams/assign": {"community": "child_id", "label": 0, "post_id": "child_id"},
    "POST /divisions/plans/{plan_id}/teams/unassign": {"community": "child_id", "label": 0, "post_id": "child_id"},
    "POST /appraisal/bulletins/{bulletin_id}/withdraw": {"reason": "口径有误"},
    "POST /registry/persons/{person_id}/ties": {"kind": "works", "dwelling": "dwelling_id"},
    "PATCH /registry/imports/{import_id}": {"mapping": {}},
    "POST /registry/imports/{import_id}/rows/{row_id}": {"decision": "keep"},
    "POST /registry/exports/{export_id}/decision": {"agreed": False, "reason": "用途不清"},
    "POST /registry/requests/{request_id}/decision": {"state": "refused", "reason": "用途不清"},
    "PATCH /appraisal/schemes/{version_id}": {"content": {"weights": {}}, "reason": "突出时效"},
    "POST /appraisal/schemes/{version_id}/publish": {"valid_from": "2099-01-01", "reason": "常务会议定"},
    "POST /appraisal/schemes/{version_id}/withdraw": {"reason": "另行起草"},
    "POST /appraisal/exclusions/{exclusion_id}/decision": {"granted": True, "reason": "证据属实"},
    "POST /appraisal/exclusions/{exclusion_id}/withdraw": {"reason": "证据不实"},
    "POST /appraisal/appeals/{appeal_id}/decision": {"outcome": "refused", "reason": "职责在该单位"},
    "POST /appraisal/appeals/{appeal_id}/withdraw": {"reason": "材料尚需补充"},
    "POST /appraisal/alarms/{alarm_id}/decision": {"outcome": "explained", "reason": "已核实情况"},
    "DELETE /appraisal/records/trainings/{training_id}": {"reason": "登记错误更正"},
    "DELETE /appraisal/records/commendations/{commendation_id}": {"reason": "登记错误更正"},
}  # fmt: skip
