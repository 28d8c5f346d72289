"""Whether a fleet could roll back now."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "preflight_ready": {
        "en": "READY: {service} can be rolled back now",
        "ko": "준비됨: {service:은/는} 지금 롤백할 수 있습니다",
    },
    "preflight_not_ready": {
        "en": "NOT READY: what a rollback of {service} needs is not all there: {where}",
        "ko": "준비 안 됨: {service} 롤백에 필요한 것이 다 갖춰지지 않았습니다: {where}",
    },
    "and_so_many_more": {"en": "and {count} more", "ko": "외 {count}대"},
    "fault_of": {"en": "{check} · {where}: {why}", "ko": "{check} · {where}: {why}"},
    "run_there": {"en": "there: {command}", "ko": "그곳에서: {command}"},
    "this_controller": {"en": "this machine", "ko": "이 PC"},
    # Columns.
    "cell_release": {"en": "ROLLBACK TO", "ko": "롤백 대상"},
    "cell_disk": {"en": "DISK", "ko": "디스크"},
    "cell_process": {"en": "RUNS", "ko": "실행"},
    "cell_boot": {"en": "BOOT", "ko": "부팅"},
    "cell_scripts": {"en": "SCRIPTS", "ko": "스크립트"},
    "cell_sudo": {"en": "SUDO", "ko": "sudo"},
    "cell_outbox": {"en": "OUTBOX", "ko": "보관함"},
    "cell_clock": {"en": "CLOCK", "ko": "시계"},
    "cell_timer": {"en": "TIMER", "ko": "타이머"},
    "cell_certificates": {"en": "TLS", "ko": "TLS"},
    "cell_discord": {"en": "DISCORD", "ko": "Discord"},
    "cell_keys": {"en": "KEYS", "ko": "키"},
    # The release.
    "nothing_to_go_back_to": {
        "en": "no proven release to go back to",
        "ko": "되돌아갈 검증된 릴리스가 없습니다",
    },
    "to_have_one_to_go_back_to": {
        "en": "or deploy a new release, so that there is one before it",
        "ko": "또는 새 릴리스를 배포해 이전 릴리스를 만들기",
    },
    "placeholder_version": {"en": "VERSION", "ko": "버전"},
    "target_not_compared": {
        "en": "the host did not compare {version}, where a rollback would take it, with what was staged",
        "ko": "롤백 대상 {version:을/를} 서버가 원본과 비교하지 못했습니다",
    },
    "target_is_not_whole": {
        "en": "{version}, where a rollback would take it, is not what was staged: {why}. Remove its directory: the "
        "next rollback brings it again, from another server or from where it came",
        "ko": "롤백 대상 {version:이/가} 스테이징한 것과 다릅니다: {why}. 그 디렉터리를 지우면 다음 롤백이 다른 "
        "서버나 원래 출처에서 다시 가져옵니다",
    },
    "release_was_changed": {
        "en": "{version} was proven once, and is no longer what was staged: {why}",
        "ko": "검증되었던 {version:이/가} 스테이징한 것과 달라졌습니다: {why}",
    },
    # Disks.
    "room_unknown": {
        "en": "how much room {path} has is not known: {why}",
        "ko": "{path}의 빈 공간을 알 수 없습니다: {why}",
    },
    "little_room": {
        "en": "{path} has {free} MiB free, and {needed} are needed",
        "ko": "{path}의 빈 공간이 {free} MiB뿐입니다 ({needed} MiB 필요)",
    },
    "few_files": {
        "en": "{path} takes {free} more files, and {needed} are needed",
        "ko": "{path}에 파일을 {free}개만 더 만들 수 있습니다 ({needed}개 필요)",
    },
    # Starting at boot, and timers.
    "unit_is_not_there": {"en": "there is no unit {unit}", "ko": "{unit} 유닛이 없습니다"},
    "unit_not_enabled": {
        "en": "{unit} does not start at boot (it is not enabled)",
        "ko": "{unit:이/가} 부팅 때 시작되지 않습니다 (enable되지 않음)",
    },
    "unit_not_active": {"en": "{unit} does not run ({state})", "ko": "{unit:이/가} 실행 중이 아닙니다 ({state})"},
    "not_on_pm2s_list": {
        "en": "{service} is not on the list of what PM2 starts at boot",
        "ko": "{service:이/가} PM2가 부팅 때 시작하는 목록에 없습니다",
    },
    # Scripts and sudo.
    "scripts_absent": {"en": "rollback.sh is not installed", "ko": "rollback.sh가 설치되어 있지 않습니다"},
    "scripts_are_others": {
        "en": "rollback.sh is not the code of this machine's version, {version}",
        "ko": "rollback.sh가 이 PC의 버전({version})과 다릅니다",
    },
    "scripts_are_newer": {
        "en": "rollback.sh is newer than this machine's version, {version}: bring this checkout up to date first",
        "ko": "rollback.sh가 이 PC의 버전({version})보다 최신입니다. 먼저 이 저장소를 최신으로 맞추세요",
    },
    "scripts_settings_differ": {
        "en": "rollback.sh goes by other settings than the last deploy did",
        "ko": "rollback.sh의 설정이 마지막 배포 때와 다릅니다",
    },
    "sudoers_unreadable": {"en": "{path} cannot be read: {why}", "ko": "{path:을/를} 읽을 수 없습니다: {why}"},
    "sudoers_not_roots": {
        "en": "{path} is somebody else's, or others may write to it: sudo does not read it",
        "ko": "{path}의 소유자가 다르거나 남이 쓸 수 있어 sudo가 읽지 않습니다",
    },
    "sudoers_differs": {
        "en": "{path} is not what provisioning writes",
        "ko": "{path:이/가} provision이 쓰는 내용과 다릅니다",
    },
    "sudoers_not_accepted": {"en": "visudo finds mistakes in {path}", "ko": "visudo가 {path}에서 오류를 찾았습니다"},
    # Messages.
    "messages_wait": {
        "en": "{count:one message waits|# messages wait} for Discord, the first for {age:age}",
        "ko": "Discord로 보내지 못한 메시지 {count}개 (가장 오래된 것: {age:age})",
    },
    "webhook_does_not_answer": {"en": "{channel}: {why}", "ko": "{channel}: {why}"},
    "nobody_is_pinged": {
        "en": "@{name} has no role id: P0 pings nobody (refit_discord_mentions)",
        "ko": "@{name}의 역할 ID가 없어 P0에도 아무도 호출되지 않습니다 (refit_discord_mentions)",
    },
    "pings_everyone": {
        "en": "@{name}: {role} is the id of the Discord server, and not of a role",
        "ko": "@{name}: {role:은/는} 역할이 아니라 Discord 서버의 ID입니다",
    },
    "to_try_a_ping": {
        "en": "Only a ping proves that @{name} may be pinged. To try, which does ping",
        "ko": "@{name} 호출이 되는지는 실제로 호출해 봐야 압니다. 시험(실제로 호출됨)",
    },
    # Clocks.
    "clock_ahead": {
        "en": "its clock is {seconds} s ahead of this machine's",
        "ko": "시계가 이 PC보다 {seconds}초 빠릅니다",
    },
    "clock_behind": {
        "en": "its clock is {seconds} s behind this machine's",
        "ko": "시계가 이 PC보다 {seconds}초 느립니다",
    },
    "clock_unclear": {
        "en": "its clock may be behind this machine's, by at most {most} s: its answer took too long to tell",
        "ko": "응답이 오래 걸려 시계를 확실히 비교하지 못했습니다 (많아야 {most}초 느림)",
    },
    "clock_was_set": {
        "en": "its clock was set while it answered, or this machine's was",
        "ko": "응답하는 동안 서버나 이 PC의 시계가 바뀌었습니다",
    },
    # Certificates.
    "is_no_address": {"en": "is no address and port", "ko": "주소와 포트가 아닙니다"},
    "certificate_unusable": {
        "en": "the certificate of {address} cannot be used: {why}",
        "ko": "{address}의 인증서를 쓸 수 없습니다: {why}",
    },
    "certificate_ends": {
        "en": "the certificate of {address} ends in {days:one day|# days}",
        "ko": "{address}의 인증서가 {days}일 뒤 만료됩니다",
    },
    # Keys and vault.
    "setting_unreadable": {"en": "{setting} cannot be read: {why}", "ko": "{setting:을/를} 읽을 수 없습니다: {why}"},
    "where_it_is_encrypted": {
        "en": "where it is encrypted",
        "ko": "암호화된 값이라면",
    },
    "signed_by_unknown_key": {
        "en": "ledgers hold entries signed by a key that {setting} does not name: {hosts}",
        "ko": "원장에 {setting}에 없는 키로 서명된 항목이 있습니다: {hosts}",
    },
    "signatures_are_wrong": {
        "en": "ledgers hold signatures that do not match: {hosts}",
        "ko": "원장에 맞지 않는 서명이 있습니다: {hosts}",
    },
    "once_it_answers": {"en": "once it answers", "ko": "응답하게 된 뒤"},
}
