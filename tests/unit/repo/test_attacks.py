"""Each attack that this software was once open to, and the tests that make it again. None of them gets lost."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]

ATTACKS: dict[str, list[str]] = {
    "a host's answer holds what Ansible acts on": [
        "unit/plugin_utils/test_host_answer.py::test_a_key_that_ansible_acts_on_is_left_out",
        "integration/test_false_host_over_ssh.py::"
        "test_whatever_one_host_answers_the_four_are_deployed_to_shown_graded_frozen_and_taken_back",
    ],
    "an application exchanges a directory that root gives to it": [
        "unit/deploy/test_shared_paths.py::test_a_directory_that_is_exchanged_while_root_makes_it_gives_nothing_away",
        "molecule/hostile_application/test_hostile_application.py::"
        "test_names_that_are_exchanged_while_root_works_lead_nowhere",
    ],
    "a wheel that is only staged changes the live release": [
        "unit/artifacts/test_wheel.py::"
        "test_code_of_a_package_writes_nothing_but_its_scratch_and_does_not_outlive_the_build",
        "unit/artifacts/test_wheel.py::test_all_that_runs_as_the_build_user_ends_though_it_fights",
    ],
    "a package leaves something where everybody may write": [
        "unit/core/test_confinement.py::test_it_writes_in_what_it_is_given_and_nowhere_else",
        "unit/core/test_confinement.py::test_with_a_namespace_of_its_own_it_gets_out_no_further",
        "molecule/wheel_service/test_wheel_service.py::"
        "test_a_wheel_that_cannot_be_imported_is_refused_at_staging_and_leaves_nothing_anywhere",
    ],
    "a package leaves a tree that is too deep to be removed": [
        "unit/artifacts/test_wheel.py::test_a_tree_too_deep_to_be_walked_keeps_no_later_build_from_its_place",
        "unit/core/test_file_tree.py::test_a_tree_is_removed_however_deep_it_is_and_nothing_that_a_link_in_it_leads_to",
    ],
    "one host's ledger chooses the release of all": [
        "unit/fleet/test_one_witness.py::test_one_host_leads_the_others_to_nothing_that_they_do_not_know_themselves",
        "unit/deploy/test_transplant.py::test_a_pack_is_what_another_hosts_ledger_says_whatever_it_says_of_itself",
    ],
    "an artifact's link stands where root writes": [
        "unit/deploy/test_staging.py::test_a_link_under_a_name_that_root_writes_is_refused",
        "unit/deploy/test_staging.py::test_a_link_above_what_is_shared_is_refused_and_nothing_is_removed_through_it",
    ],
    "a link in a pack of another host leads root elsewhere": [
        "unit/deploy/test_transplant.py::test_a_link_that_no_artifact_could_hold_is_not_taken_from_another_host",
        "unit/deploy/test_transplant.py::test_a_link_above_what_this_host_shares_is_not_taken_either",
    ],
    "a host's answer has another shape": [
        "unit/fleet/test_answers.py::test_any_answer_is_understood_or_is_not",
        "unit/plugin_utils/test_host_answer.py::test_any_json_is_read",
        "integration/test_false_host.py::"
        "test_a_host_whose_answer_is_not_understood_keeps_none_of_the_others_from_going_back",
    ],
    "a host's answer, or the release that it sends, never ends": [
        "integration/test_false_host_over_ssh.py::"
        "test_a_host_that_never_stops_talking_is_missing_and_takes_nothing_from_the_others",
        "unit/action_plugins/test_pack_fetch.py::test_one_that_never_ends_is_not_kept",
    ],
    "a link in the place of the readiness file": [
        "unit/deploy/test_readiness.py::test_a_link_that_comes_back_as_soon_as_it_is_gone_is_not_written_to",
        "integration/test_readiness_file.py::test_a_link_of_the_application_s_leads_root_nowhere",
    ],
    "what a module is given stands in a server's syslog": [
        "unit/repo/test_house_rules.py::test_no_server_writes_down_what_a_module_is_given",
        "integration/test_call_on_host.py::test_no_output_shows_what_a_service_is_handed",
    ],
    "one application's counters make a fleet P0": [
        "unit/health/test_severity.py::test_one_hosts_counters_never_make_a_fleet_p0",
        "unit/health/test_severity.py::test_one_hosts_counters_never_hide_the_errors_that_all_others_have",
    ],
    "a page or a line is written to keep its reader busy": [
        "unit/health/test_prometheus_text.py::"
        "test_a_page_that_was_written_to_keep_its_reader_busy_is_read_like_any_other",
        "unit/health/test_measure.py::"
        "test_a_part_that_holds_the_interpreter_for_ever_is_ended_and_the_others_are_measured",
    ],
    "a log leads to what its writer may not read": [
        "unit/health/test_measure.py::test_what_its_writer_may_not_read_is_not_read",
        "unit/health/test_log_tail.py::test_what_the_service_may_not_read_is_not_quoted_in_its_name",
    ],
    "Discord's answer has another shape": [
        "unit/notify/test_discord_answer.py::test_no_answer_is_an_error_and_none_reaches_further_than_its_message",
        "unit/notify/test_discord_answer.py::test_what_is_no_id_of_discords_is_none",
    ],
    "one answer of Discord's silences a machine": [
        "unit/notify/test_discord_answer.py::test_no_answer_closes_a_route_for_longer_than_an_hour_also_not_on_the_disk",
    ],
    "any account of a server listens on the service's port": [
        "unit/health/test_proof.py::"
        "test_a_stranger_is_not_in_the_way_where_the_service_itself_is_asked_and_is_told_where_it_fails",
        "unit/health/test_proof.py::test_a_process_at_another_address_of_the_port_is_not_asked",
    ],
    "an application leaves its unit by way of PM2's command": [
        "unit/supervisors/test_pm2_client.py::test_a_daemon_that_pm2_starts_outside_its_unit_is_ended_and_told_of",
        "unit/supervisors/test_pm2_client.py::test_what_pm2_leaves_behind_outside_the_unit_does_not_outlive_it",
        "unit/core/test_system.py::test_who_runs_as_somebody_else_has_his_rights_and_can_gain_no_others",
    ],
    "PM2's daemon answers oddly": [
        "unit/supervisors/test_pm2_client.py::test_whatever_the_daemon_answers_is_a_state_or_an_error_for_people",
        "unit/supervisors/test_pm2_client.py::test_an_answer_without_end_is_not_taken_in",
    ],
    "a pipe in the place of a file keeps root waiting": [
        "unit/supervisors/test_command.py::test_what_is_no_plain_file_is_refused_by_name",
        "unit/deploy/test_nginx.py::test_a_pipe_in_the_place_of_the_pid_file_keeps_nobody_waiting",
    ],
    "secrets that an application logs are told": [
        "unit/core/test_masking.py::test_no_text_keeps_a_secret",
        "unit/modules/test_texts_are_masked.py::test_an_activation_that_fails",
    ],
    "root works in a directory that others may exchange": [
        "unit/deploy/test_kept_directories.py::test_nothing_is_done_below_a_directory_that_others_may_write",
        "unit/deploy/test_kept_directories.py::test_what_would_be_refused_is_refused_in_check_mode",
        "molecule/hostile_application/test_hostile_application.py::"
        "test_a_place_of_the_accounts_own_is_no_place_for_root_to_work",
    ],
    "an account that is gone, or not named": [
        "unit/core/test_accounts.py::test_an_account_that_is_needed_and_not_there_is_an_error_of_who_asks",
        "unit/deploy/test_shared_paths.py::test_without_its_user_no_shared_directory_is_made",
    ],
    "provisioning again follows an application's link": [
        "unit/modules/test_directories.py::test_provisioning_again_gives_away_nothing_that_a_link_leads_to",
        "molecule/hostile_application/test_hostile_application.py::test_provisioning_again_gives_nothing_of_roots_away",
    ],
    "the build account keeps what it learns": [
        "unit/artifacts/test_wheel.py::test_what_lies_in_a_build_accounts_home_counts_for_nothing",
        "unit/artifacts/test_wheel.py::test_of_the_build_only_the_install_sees_where_packages_come_from",
        "unit/artifacts/test_wheel.py::test_no_user_of_any_service_on_the_host_builds",
    ],
    "one host's marks stop or free the fleet": [
        "unit/fleet/test_one_witness.py::test_one_host_alone_lifts_no_mark_that_another_holds",
        "unit/fleet/test_one_witness.py::test_a_mark_or_freeze_of_one_host_counts_and_names_the_way_out",
    ],
    "a stranger's text moves a terminal": [
        "unit/cli/test_terminal.py::test_whatever_is_said_is_one_line_that_moves_nothing",
        "unit/fleet/test_answers.py::test_what_is_understood_shows_nothing_that_a_terminal_would_obey",
        "integration/test_rollback_at_a_terminal.py::test_a_reason_moves_no_cursor_of_the_next_person",
    ],
    "others can write where the package is kept on a host": [
        "unit/plugin_utils/test_starter.py::test_a_store_that_others_can_write_to_is_not_used",
        "unit/plugin_utils/test_starter.py::test_a_link_of_somebody_else_s_on_the_way_is_not_followed",
    ],
    "a program or an action is not the one that was tested": [
        "integration/test_provision_archives.py::test_a_node_that_is_not_the_one_of_its_hash_is_not_kept",
        "integration/test_provision_archives.py::"
        "test_an_address_without_a_hash_and_a_hash_that_is_none_are_refused_by_name",
        "unit/repo/test_house_rules.py::test_the_actions_of_the_workflow_are_pinned_by_commit",
    ],
    "a small archive takes all memory": [
        "unit/artifacts/test_archive.py::test_a_zip_method_that_unpacks_without_a_bound_is_refused",
        "unit/artifacts/test_wheel.py::test_a_wheel_that_root_could_not_read_in_bounded_memory_is_refused",
    ],
    "bytes that are no text, and a reader that goes away, stop a rollback": [
        "integration/test_rollback_at_a_terminal.py::test_a_reason_in_any_bytes_is_a_reason",
        "integration/test_rollback_at_a_terminal.py::test_a_reader_that_goes_away_stops_nothing",
    ],
    "a link in the place of PM2's socket": [
        "unit/supervisors/test_pm2_client.py::test_only_a_socket_of_the_services_own_is_ever_connected_to",
    ],
    "a server keeps messages that it took over": [
        "integration/test_handing_over.py::test_a_second_server_tells_of_what_the_first_one_has_to_send",
    ],
    "the account that sends messages leads root elsewhere": [
        "unit/notify/test_outbox.py::test_a_link_of_that_account_leads_root_nowhere",
    ],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_made_by_a_test(attack: str) -> None:
    missing = []
    for name in ATTACKS[attack]:
        path, _, function = name.partition("::")
        tree = ast.parse((TESTS / path).read_text(encoding="utf-8")) if (TESTS / path).exists() else ast.Module([], [])
        if function not in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}:
            missing.append(name)
    assert ATTACKS[attack]
    assert not missing, "its test was renamed or is gone: name the one that makes it now"
