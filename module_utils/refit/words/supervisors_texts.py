"""What a process manager does not do."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # PM2.
    "another_reload_runs": {
        "en": "another reload of {service} has been running for {seconds:g} s",
        "ko": "{service}의 다른 reload가 {seconds:g}초째 진행 중입니다",
    },
    "see_who_reloads": {
        "en": "{command}  # who started it? Then run the same command again",
        "ko": "{command}  # 누가 시작했는지 확인한 뒤 같은 명령을 다시 실행하세요",
    },
    "pm2_cannot_run": {
        "en": "pm2 cannot be run: {said:?no output}",
        "ko": "pm2를 실행할 수 없습니다: {said:?출력 없음}",
    },
    "install_pm2": {
        "en": "install Node.js and PM2, or correct bin and path",
        "ko": "Node.js와 PM2를 설치하거나 bin과 path를 고치세요",
    },
    "pm2_failed": {
        "en": "pm2 {command} failed (exit code {number}): {said:?no output}",
        "ko": "pm2 {command:이/가} 실패했습니다 (종료 코드 {number}): {said:?출력 없음}",
    },
    "only_root_runs_pm2": {
        "en": "only root can run PM2 as {user}",
        "ko": "root만 {user} 계정으로 PM2를 실행할 수 있습니다",
    },
    "daemon_outside_unit": {
        "en": "PM2's daemon was gone when it was needed, and pm2 started one outside its unit {unit}: that was ended",
        "ko": "PM2 데몬이 내려가 있어 pm2가 유닛 {unit} 밖에서 데몬을 띄웠고, 그 데몬을 종료했습니다",
    },
    "no_list_printed": {"en": "pm2 jlist printed no list", "ko": "pm2 jlist가 목록을 출력하지 않았습니다"},
    "may_not_talk_to_daemon": {"en": "may not talk to PM2's daemon", "ko": "PM2 데몬에 접근할 권한이 없습니다"},
    "daemon_does_not_answer": {
        "en": "PM2's daemon does not answer: {why}",
        "ko": "PM2 데몬이 응답하지 않습니다: {why}",
    },
    "daemon_answers_otherwise": {
        "en": "PM2's daemon does not answer as PM2 does: {why}",
        "ko": "PM2 데몬의 응답을 해석할 수 없습니다: {why}",
    },
    # systemd.
    "systemctl_failed": {"en": "systemctl {verb} failed: {why}", "ko": "systemctl {verb:이/가} 실패했습니다: {why}"},
    "exit_code": {"en": "exit code {number}", "ko": "종료 코드 {number}"},
    "with_cause": {"en": "{what} ({why})", "ko": "{what} ({why})"},
    "cannot_enter_directory": {
        "en": "the working directory cannot be entered",
        "ko": "작업 디렉터리에 들어갈 수 없습니다",
    },
    "cannot_execute_program": {"en": "the program cannot be executed", "ko": "프로그램을 실행할 수 없습니다"},
    "cannot_open_output": {"en": "its standard output cannot be opened", "ko": "표준 출력을 열 수 없습니다"},
    "no_such_user_of_unit": {"en": "its user does not exist", "ko": "유닛의 사용자가 없습니다"},
    "cannot_make_sandbox": {
        "en": "a path that it may write to is missing, or its sandbox cannot be made",
        "ko": "쓰기를 허용한 경로가 없거나 샌드박스를 만들 수 없습니다",
    },
    "unit_of_others": {
        "en": "{unit} is there already, and Re-Fit Ops did not write it for {service}; it stays as it is",
        "ko": "{unit:은/는} 이미 있고 Re-Fit Ops가 {service}용으로 만든 것이 아니라 그대로 둡니다",
    },
    "rename_or_retire_unit": {
        "en": "give the service's unit another systemd.name in the inventory, or retire that one: "
        "systemctl disable --now {unit}, then move its file away",
        "ko": "인벤토리에서 systemd.name을 바꾸거나 기존 유닛을 내리세요: "
        "systemctl disable --now {unit} 실행 후 파일을 옮기세요",
    },
    # Other commands.
    "command_failed": {
        "en": "the {which} command failed (exit code {number})[: {said}]",
        "ko": "{which} 명령이 실패했습니다 (종료 코드 {number})[: {said}]",
    },
    "run_it_by_hand": {"en": "run it by hand on this host", "ko": "이 서버에서 직접 실행해 보세요"},
    "with_sudo": {"en": "run the same command with sudo", "ko": "sudo로 같은 명령을 실행하세요"},
    "pid_file_not_read": {"en": "the pid file is not read: {why}", "ko": "PID 파일을 읽지 않았습니다: {why}"},
    "daemon_down": {"en": "PM2's daemon is down", "ko": "PM2 데몬이 내려가 있습니다"},
    "start_unit_then_again": {
        "en": "sudo systemctl start {unit}, then the same command",
        "ko": "sudo systemctl start {unit} 실행 후 같은 명령을 다시 실행하세요",
    },
    "daemon_not_started": {
        "en": "PM2's daemon is down and its unit {unit} does not start it",
        "ko": "PM2 데몬이 내려가 있고 유닛 {unit:이/가} 시작하지 못합니다",
    },
    "socket_of_others": {
        "en": "what stands in the place of PM2's socket is a link, no socket, or another user's",
        "ko": "PM2 소켓 자리에 있는 것이 링크이거나 소켓이 아니거나 다른 사용자의 것입니다",
    },
    "remove_strange_socket": {
        "en": "ls -l {path}; remove what does not belong there, and start PM2's daemon again",
        "ko": "ls -l {path} 명령으로 확인하고 엉뚱한 것을 지운 뒤 PM2 데몬을 다시 시작하세요",
    },
}
