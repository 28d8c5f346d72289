"""What is wrong with what Discord is to be told, or with the way there."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # The settings.
    "discord_settings_unreadable": {
        "en": "the Discord settings cannot be read: {why}",
        "ko": "Discord 설정을 읽을 수 없습니다: {why}",
    },
    "discord_settings_no_json": {"en": "the Discord settings are not JSON", "ko": "Discord 설정이 JSON이 아닙니다"},
    "check_json": {
        "en": "check them with: python3 -m json.tool {path} /dev/null",
        "ko": "확인하세요: python3 -m json.tool {path} /dev/null",
    },
    "correct_and_run_again": {
        "en": "correct it and run the same command again",
        "ko": "고친 뒤 같은 명령을 다시 실행하세요",
    },
    "is_no_channel": {"en": "is not a channel; {hint}", "ko": "그런 채널은 없습니다. {hint}"},
    "channel_unknown": {
        "en": "{name} is not a channel; known are: {known}",
        "ko": "{name:은/는} 채널이 아닙니다. 쓸 수 있는 값: {known}",
    },
    "must_be_mention": {
        "en": "must be {role} or {user} with an id of digits",
        "ko": "숫자 ID로 {role} 또는 {user} 형식이어야 합니다",
    },
    "has_role_and_user": {
        "en": "has a role and a user; keep one",
        "ko": "role과 user가 함께 있습니다. 하나만 남기세요",
    },
    "must_be_names": {"en": "must be a list of names", "ko": "이름의 목록이어야 합니다"},
    "is_no_discord_name": {
        "en": "is no name that Discord accepts (1 to 80 characters, without 'discord' or 'clyde')",
        "ko": "Discord가 받지 않는 이름입니다 (1~80자, 'discord'와 'clyde'는 쓸 수 없음)",
    },
    "language_unknown": {
        "en": "language is {language}; known are: {known}",
        "ko": "언어 {language:은/는} 쓸 수 없습니다. 쓸 수 있는 값: {known}",
    },
    "set_language": {
        "en": "set it to ko or en and run the same command again",
        "ko": "ko나 en으로 바꾼 뒤 같은 명령을 다시 실행하세요",
    },
    # A webhook.
    "copy_webhook_url": {
        "en": "copy the URL from the channel's settings: Integrations > Webhooks > Copy Webhook URL",
        "ko": "채널 설정의 연동 > 웹후크 > 웹후크 URL 복사에서 URL을 복사하세요",
    },
    "is_no_webhook_url": {"en": "is not a webhook URL", "ko": "웹훅 URL이 아닙니다"},
    "is_no_url": {"en": "is not a URL", "ko": "URL이 아닙니다"},
    "is_no_webhook_form": {
        "en": "does not have the form https://discord.com/api/webhooks/ID/TOKEN",
        "ko": "https://discord.com/api/webhooks/ID/TOKEN 형식이 아닙니다",
    },
    "must_be_https": {"en": "must begin with https://", "ko": "https://로 시작해야 합니다"},
    "query_unknown": {
        "en": "has ?{name}=, which is not known here; known are thread_id and thread_name",
        "ko": "?{name}=은 쓸 수 없습니다. thread_id와 thread_name만 쓸 수 있습니다",
    },
    "thread_id_is_none": {
        "en": "has a ?thread_id= that is no id: it is a number, from Copy Thread ID",
        "ko": "?thread_id=가 ID가 아닙니다. 스레드 ID 복사로 얻는 숫자를 쓰세요",
    },
    "thread_id_and_name": {
        "en": "has ?thread_id= and ?thread_name=; keep one: all messages in that thread, or each as a post",
        "ko": "?thread_id=와 ?thread_name=이 함께 있습니다. 한 스레드에 모으거나 글마다 따로 올리거나, 하나만 남기세요",
    },
    "thread_name_too_long": {
        "en": "has a ?thread_name= that Discord does not take (1 to {most} characters)",
        "ko": "?thread_name=은 1~{most}자여야 합니다",
    },
    # A message.
    "event_unknown": {"en": "{name} is not a known event; {hint}", "ko": "{name}: 그런 이벤트는 없습니다. {hint}"},
    "severity_unknown": {
        "en": "{name} is not a known severity; {hint}",
        "ko": "{name}: 그런 심각도는 없습니다. {hint}",
    },
    "correct_name": {
        "en": "correct the name and run the same command again",
        "ko": "이름을 고친 뒤 같은 명령을 다시 실행하세요",
    },
    "fact_must_be_mapping": {
        "en": "the fact {name} must be a mapping, not {value}",
        "ko": "{name} 값은 매핑이어야 합니다 (지금 형식: {value})",
    },
    "give_as_mapping": {
        "en": "give it as a mapping of names to values and run the same command again",
        "ko": "이름과 값의 매핑으로 적은 뒤 같은 명령을 다시 실행하세요",
    },
    "update_needs_key": {
        "en": "an update needs the key or the message_id of the message that it changes",
        "ko": "수정하려면 메시지의 key나 message_id가 필요합니다",
    },
    # What became of a message.
    "webhook_not_set": {
        "en": "no webhook is configured for the channel {channel}: nothing was sent (set webhooks.{channel})",
        "ko": "{channel} 채널의 웹훅이 설정되지 않아 보내지 않았습니다 (webhooks.{channel:을/를} 설정하세요)",
    },
    "message_sent_already": {
        "en": "a message with this key was sent already",
        "ko": "같은 key의 메시지를 이미 보냈습니다",
    },
    "message_sent_by_another": {"en": "another process sent it", "ko": "다른 프로세스가 보냈습니다"},
    "message_never_there": {
        "en": "the message that it would change was never delivered",
        "ko": "수정할 메시지가 전달된 적이 없습니다",
    },
    "message_dropped": {"en": "it was lost to the outbox's bounds", "ko": "보관함의 한도를 넘어 지워졌습니다"},
    "update_needs_id": {
        "en": "without an outbox an update needs the message_id",
        "ko": "보관함 없이 수정하려면 message_id가 필요합니다",
    },
    "waited_long_enough": {
        "en": "this run has waited long enough for Discord",
        "ko": "이 작업이 Discord를 기다릴 수 있는 시간을 모두 썼습니다",
    },
    "outbox_unusable": {"en": "the outbox cannot be used: {why}", "ko": "보관함을 쓸 수 없습니다: {why}"},
    "discord_not_told": {"en": "Discord was not told: {why}", "ko": "Discord에 알리지 못했습니다: {why}"},
    "discord_message_lost": {
        "en": "Discord was not told, and the message is LOST, since it could not be kept ({event}): {why:; }",
        "ko": "Discord에 전송하지 못했고, 보관하지도 못해 메시지를 잃었습니다 ({event}): {why:; }",
    },
    "discord_not_told_yet": {
        "en": "Discord was not told yet ({event}, {status}): {why}[. Messages that wait: {waiting}]",
        "ko": "Discord에 아직 전송하지 못했습니다 ({event}, {status}): {why}[. 대기 중인 메시지: {waiting}개]",
    },
    "messages_wait_here": {
        "en": "Discord: {count:1 message is|# messages are} queued, on this machine; the next run here sends them.",
        "ko": "Discord: 이 PC에 메시지 {count}개가 대기 중입니다. 여기서 다음에 실행할 때 보냅니다.",
    },
    "messages_wait_on": {
        "en": "Discord: {count:1 message is|# messages are} queued, on {host}, which sends them as soon as Discord "
        "takes messages again.",
        "ko": "Discord: {host}에 메시지 {count}개가 대기 중입니다. Discord가 다시 받으면 그 서버가 보냅니다.",
    },
    "mention_without_id": {
        "en": "@{name} has no role or user id: it was written as text and pinged nobody",
        "ko": "@{name}: 역할이나 사용자 ID가 없어 글자로만 적혔고 아무도 호출되지 않았습니다",
    },
    "page_is_no_url": {
        "en": "{setting} is no URL such as {example} (https, without a user, at most {most}): there is no button",
        "ko": "{setting:은/는} {example} 같은 URL이 아니어서 버튼이 없습니다 (https, 사용자 없이, {most}자 이하)",
    },
    "discord_without_requests": {
        "en": "requests is not installed for the Python that runs Ansible: Discord is told without it, over a new "
        "connection for each message. Next: make venv, or: python -m pip install requests",
        "ko": "Ansible을 실행하는 Python에 requests가 없어 메시지마다 새로 연결합니다. 다음: make venv 또는 "
        "python -m pip install requests",
    },
    "is_no_outbox_message": {"en": "this is not a message of the outbox", "ko": "보관함의 메시지가 아닙니다"},
    "see_outbox_keys": {"en": "see the keys of an outbox entry", "ko": "보관함 항목의 키를 확인하세요"},
}
