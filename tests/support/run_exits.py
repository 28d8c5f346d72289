"""Every way in which a playbook ends: what person and team are told, what is left on the hosts, the exit code."""

from __future__ import annotations

from typing import NamedTuple


class Exit(NamedTuple):
    """One way in which *playbooks* end.

    Attributes:
        way: the code that it belongs to, so that none can be forgotten: ``verdict:KIND/WORD``, ``refusal:KIND``,
            ``fails:ROLE/TASK``, ``signal:NAME``; or ``ends:…``.
        screen: what the last lines say.
        discord: what the team is told; of a deploy also what becomes of its first message.
        hosts: what is left of the operation.
        code: the exit code.
        shown_by: the test that shows it.
    """

    playbooks: str
    way: str
    screen: str
    discord: str
    hosts: str
    code: str
    shown_by: str


_RUN_ENDS = "tests/integration/test_run_ends.py::test_"
_FLEET = "tests/integration/test_fleet_playbooks.py::test_"
_BATCHES = "tests/integration/test_batches.py::test_"
_FREEZE = "tests/integration/test_freeze.py::test_"
_INCIDENT = "tests/integration/test_incidents.py::test_"
_HEALTH = "tests/integration/test_health_check.py::test_"
_DISCORD = "tests/integration/test_discord_playbooks.py::test_"
_GUARD = "tests/integration/test_guard.py::test_"
_APART = "tests/integration/test_allow_divergent.py::test_"
_PREFLIGHT = "tests/integration/test_preflight.py::test_"
_FALSE = "tests/integration/test_false_host.py::test_"
_PLAN = "tests/unit/fleet/test_plan.py::test_"
_NOTHING = "nothing: nothing was begun"
_REFUSED = ("what, where, Next", _NOTHING, "no operation was taken", "2")

EXITS = (
    # -- a deploy's verdicts ---------------------------------------------------------------------------------------
    Exit("deploy", "verdict:deploy/succeeded", "DEPLOYED", "✅ 배포 완료; ✅ 완료", "ended", "0",
         _DISCORD + "a_deploy_is_told_once_and_its_first_message_is_kept_current_without_pinging"),
    Exit("deploy", "verdict:deploy/succeeded but for hosts that may be missing",
         "DEPLOYED … NOT REACHED, NOT PROVEN", "✅ 배포 완료 with the host; ✅ 완료 · 2/3", "ended", "0",
         _RUN_ENDS + "a_host_that_cannot_say_where_it_stands_is_left_out_and_named"),
    Exit("deploy", "verdict:deploy/aborted_before_activation", "NOTHING CHANGED", "🚨 배포 실패; 🚨 실패",
         "ended where begun", "2",
         _RUN_ENDS + "an_artifact_that_vanishes_before_it_is_copied_ends_the_run_with_nothing_changed"),
    Exit("deploy", "verdict:deploy/stopped", "STOPPED", "🟡 배포 중단; ⏸️ 중단됨", "ended, as stopped", "2",
         _BATCHES + "a_deploy_that_stopped_at_p1_is_continued_by_the_same_command_and_all_of_it_goes_back"),
    Exit("deploy", "verdict:deploy/stopped by a newer run", "STOPPED … has taken over", "🟡 배포 중단; ⏸️ 중단됨",
         "the newer run's", "2",
         _BATCHES + "a_rollback_overtakes_a_deploy_which_says_so_and_disturbs_nothing"),
    Exit("deploy", "verdict:deploy/rolled_back", "ROLLED BACK", "🚨 헬스체크 실패, ✅ 롤백 완료; ↩️ 롤백됨",
         "ended", "2",
         _FLEET + "a_host_that_fails_takes_the_whole_fleet_back"),
    Exit("deploy", "verdict:deploy/partly_rolled_back", "MANUAL ACTION NEEDED", "🚨 롤백 실패; 🚨 실패",
         "ended; a rerun resumes", "2",
         _FLEET + "a_host_that_is_lost_during_the_deploy_is_named_and_the_others_go_back"),
    Exit("deploy", "verdict:deploy/interrupted", "INTERRUPTED", "⏸️ 끊김",
         "open: the same command goes on", "99, or 2 after a mistake",
         _RUN_ENDS + "a_decision_that_cannot_be_made_ends_the_run_with_what_is_known"),
    # -- a rollback's verdicts -------------------------------------------------------------------------------------
    Exit("rollback", "verdict:rollback/succeeded", "ROLLED BACK", "✅ 롤백 완료", "ended", "0",
         _FLEET + "rolling_back_takes_the_fleet_back_once_and_says_so_when_repeated"),
    Exit("rollback", "verdict:rollback/left_nothing", "NOTHING TO LEAVE", "nothing: nothing was left", "ended",
         "0",
         _FLEET + "rolling_back_takes_the_fleet_back_once_and_says_so_when_repeated"),
    Exit("rollback", "verdict:rollback/partly_rolled_back", "MANUAL ACTION NEEDED", "🚨 롤백 실패",
         "open where not reached", "2",
         _RUN_ENDS + "a_release_that_cannot_be_packed_is_why_the_host_that_lacks_it_stays_where_it_is"),
    Exit("rollback", "verdict:rollback/interrupted", "INTERRUPTED", "🟡 롤백이 끊김",
         "open: the command shown finishes it", "99",
         _RUN_ENDS + "a_rollback_that_is_ended_is_told_and_the_command_that_finishes_it_is_shown"),
    # -- what nobody waits for -------------------------------------------------------------------------------------
    Exit("deploy, rollback", "signal:SIGINT", "INTERRUPTED: Ctrl-C", "⏸️ 끊김", "open", "99",
         _RUN_ENDS + "a_deploy_that_is_ended_in_a_batch_says_where_every_host_is_and_goes_on_when_asked"),
    Exit("deploy, rollback", "signal:SIGTERM", "INTERRUPTED: SIGTERM", "⏸️ 끊김", "open", "99",
         _RUN_ENDS + "a_deploy_that_is_ended_in_a_batch_says_where_every_host_is_and_goes_on_when_asked"),
    Exit("deploy, rollback", "ends:the terminal or the reader is gone (SIGHUP, a closed pipe)",
         "nobody sees it; the log has it", "as the verdict", "as the verdict", "as the verdict",
         "tests/integration/test_story.py::test_a_deploy_goes_on_to_its_verdict_whoever_stops_listening"),
    Exit("deploy, rollback", "ends:killed, or its machine is off", "nothing; status says INTERRUPTED",
         "⏸️ 끊김 by the next command there", "open: the same command goes on", "-9",
         _RUN_ENDS + "the_message_of_a_deploy_that_was_killed_is_ended_by_the_next_command"),
    Exit("deploy", "ends:Discord takes no messages", "its verdict, and what waits", "all of it, later", "ended",
         "as the verdict",
         _FLEET + "a_discord_that_is_down_changes_no_result_and_loses_no_message"),
    Exit("deploy", "ends:a webhook that cannot be used", "its verdict, and why", "nothing can be", "ended",
         "as the verdict",
         _DISCORD + "webhooks_that_cannot_be_used_end_no_deploy"),
    # -- refusals: the plan is not made ----------------------------------------------------------------------------
    Exit("deploy", "refusal:frozen", *_REFUSED,
         _FREEZE + "a_release_stop_lets_nothing_through_but_what_somebody_answers_for"),
    Exit("deploy", "refusal:busy", *_REFUSED,
         _FREEZE + "a_deploy_waits_for_who_is_at_work_and_not_for_who_died"),
    Exit("deploy", "refusal:error", *_REFUSED,
         _FLEET + "a_host_that_cannot_be_reached_stops_a_deploy_before_anything_is_touched"),
    Exit("deploy", "refusal:invalid_input", *_REFUSED,
         _BATCHES + "batches_that_mean_nothing_are_refused_before_anything_is_touched"),
    Exit("rollback", "refusal:recent_rollback", *_REFUSED,
         _FLEET + "rolling_back_takes_the_fleet_back_once_and_says_so_when_repeated"),
    Exit("rollback", "refusal:nothing_to_roll_back_to", *_REFUSED,
         _APART + "without_a_release_in_common_the_fleet_stays_and_is_told_how_it_may_go_apart"),
    Exit("rollback", "refusal:version_not_found", *_REFUSED,
         _PLAN + "a_named_release_need_not_be_proven_but_whole_and_not_bad"),
    # -- tasks that fail by themselves -----------------------------------------------------------------------------
    Exit("deploy", "fails:stage/Stop where there is no such artifact", *_REFUSED,
         "tests/integration/test_sources.py::test_a_source_that_cannot_be_used_is_refused_before_anything_is_touched"),
    Exit("deploy", "fails:stage/Stop where the host could not", "the plan, and why not there",
         "nothing: it is a plan", "no operation was taken", "2",
         "tests/integration/test_sources.py::test_a_plan_shows_the_checksum_and_asks_every_host_and_writes_nothing"),
    Exit("deploy", "fails:stage/Nothing was activated", "NOTHING CHANGED", "🚨 배포 실패; 🚨 실패", "ended where begun",
         "2",
         _RUN_ENDS + "an_artifact_that_vanishes_before_it_is_copied_ends_the_run_with_nothing_changed"),
    Exit("deploy", "fails:activate/The deploy did not succeed", "its verdict", "as the verdict",
         "as the verdict", "2",
         _FLEET + "a_host_that_fails_takes_the_whole_fleet_back"),
    Exit("rollback", "fails:rollback/The rollback failed", "its verdict", "🚨 롤백 실패", "open where not reached",
         "2",
         _RUN_ENDS + "a_release_that_cannot_be_packed_is_why_the_host_that_lacks_it_stays_where_it_is"),
    Exit("health-check", "fails:health_check/The gate is closed", "the table; Closed",
         "as the rollback, with act", "none", "2",
         _HEALTH + "a_fleet_that_is_down_is_rolled_back_on_request_only"),
    Exit("notify", "fails:notify/Nothing reaches the team", "why nobody was told, or would be", _NOTHING, "none",
         "2", _DISCORD + "a_webhook_that_would_take_nothing_is_what_check_mode_fails_for"),
    Exit("notify", "ends:its channel has no webhook", "that nothing was sent", _NOTHING, "none", "2",
         _DISCORD + "what_became_of_a_message_is_said"),
    Exit("status", "fails:status/No host could be asked", "STATUS, with why beside each host", _NOTHING, "none", "2",
         _GUARD + "a_run_that_no_host_answers_is_no_success"),
    Exit("preflight", "fails:preflight/Something that a rollback needs is not there",
         "the table, what to do; NOT READY", _NOTHING, "none", "2",
         _PREFLIGHT + "a_release_that_was_changed_is_no_way_back"),
    Exit("preflight", "ends:all is there", "the table; READY", _NOTHING, "none", "0",
         _PREFLIGHT + "a_fleet_that_lacks_nothing_is_ready"),
    Exit("all", "fails:guard/…", "the first complaint, Next", _NOTHING, "nothing", "2",
         _FLEET + "a_request_that_cannot_be_met_fails_with_the_command_to_type"),
    # -- playbooks that take no operation --------------------------------------------------------------------------
    Exit("health-check", "ends:the gate is open", "the table", "a changed severity, with act", "none", "0",
         _HEALTH + "a_fleet_that_is_well_passes_and_is_shown"),
    Exit("status", "ends:it was shown", "STATUS", _NOTHING, "none", "0",
         _FALSE + "a_host_whose_answer_is_not_understood_keeps_none_of_the_others_from_going_back"),
    Exit("freeze", "ends:frozen", "FROZEN", "🧊 배포 동결", "none", "0",
         _FREEZE + "a_release_stop_lets_nothing_through_but_what_somebody_answers_for"),
    Exit("resume", "ends:resumed", "RESUMED, or NOTHING TO RESUME", "▶️ 동결 해제", "none", "0",
         _FREEZE + "a_rollback_freezes_the_service_until_somebody_says_why_it_is_safe_again"),
    Exit("incident", "ends:written down, or shown", "what was done, and who is told next",
         "the incident: opened, acknowledged, escalated, resolved, reopened", "none", "0",
         _INCIDENT + "an_incident_is_opened_taken_and_resolved_and_a_host_that_was_away_learns_of_it"),
    Exit("incident", "ends:nothing is meant by what was asked", "what is missing, Next", _NOTHING, "nothing", "2",
         "tests/unit/incidents/test_actions.py::"
         "test_what_is_missing_or_cannot_be_is_named_with_the_command_that_says_it"),
    Exit("incident", "ends:another has just taken the number", "which; the same command again", _NOTHING, "nothing",
         "2", "tests/unit/incidents/test_whole_fleet.py::"
         "test_who_opens_a_second_too_late_is_refused_the_number_and_gets_the_next_one"),
    Exit("notify", "ends:told", "what became of the message", "the event", "none", "0",
         _DISCORD + "every_event_can_be_previewed_and_its_webhook_is_asked"),
    Exit("notify", "ends:a mistake in what was typed", "what, Next", _NOTHING, "none", "2",
         _DISCORD + "a_mistake_in_what_was_typed_fails_and_names_it"),
    Exit("provision", "ends:ready, or failed at a task", "Ansible's own", _NOTHING,
         "none: every task may be repeated", "0, 2",
         "tests/integration/test_provision_archives.py::test_what_a_server_fetches_is_held_to_its_hash"),
    Exit("server-scripts", "ends:installed, or failed at a task", "Ansible's own", _NOTHING, "none", "0, 2",
         _DISCORD + "the_scripts_can_be_planned_before_anything_was_ever_built_or_installed"),
    Exit("all", "ends:localhost is another machine, or has no Python", "what to name it, or set", _NOTHING,
         "nothing", "2",
         _GUARD + "a_localhost_that_is_not_this_machine_is_refused_before_any_host_is_asked"),
    Exit("freeze, resume", "ends:no host can be reached", "why, beside each host", _NOTHING, "nothing", "2",
         _GUARD + "a_run_that_no_host_answers_is_no_success"),
    Exit("provision, server-scripts", "ends:hosts that cannot be reached", "Ansible's own, last PLAY RECAP", _NOTHING,
         "none: every task may be repeated", "4",
         _GUARD + "a_run_that_no_host_answers_is_no_success"),
    Exit("all", "ends:a value that a role cannot use", "what it must be, what it is, where it is said", _NOTHING,
         "nothing", "2",
         _GUARD + "a_value_that_a_role_cannot_use_is_refused_before_any_host_is_asked"),
    Exit("all", "ends:a variable that is none, a value that was cut", "the command as it was meant", _NOTHING,
         "nothing", "2",
         _GUARD + "what_leaves_something_out_is_refused_before_any_host_is_asked"),
    Exit("all", "ends:--tags, --skip-tags, --start-at-task, strategies", "what to leave out", _NOTHING,
         "nothing", "2; 4 where the guard was left out, 1 where --limit names nobody",
         _GUARD + "no_switch_takes_the_guard_away_and_no_run_that_did_nothing_looks_like_a_good_one"),
)  # fmt: skip
