"""What becomes of a fleet's hosts, and why a run goes on or ends."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    # Hosts.
    "host": {"en": "{host}", "ko": "{host}"},
    "host_with": {"en": "{host} ({why})", "ko": "{host} ({why})"},
    "hosts": {"en": "{hosts}", "ko": "{hosts}"},
    "on_host": {"en": "{host}: {why}", "ko": "{host}: {why}"},
    "unreachable": {"en": "cannot be reached", "ko": "연결되지 않습니다"},
    "unreachable_from_the_start": {
        "en": "could not be reached from the start",
        "ko": "처음부터 연결되지 않았습니다",
    },
    "unreachable_for": {"en": "cannot be reached: {why}", "ko": "연결되지 않습니다: {why}"},
    "unreachable_from_the_start_for": {
        "en": "could not be reached from the start: {why}",
        "ko": "처음부터 연결되지 않았습니다: {why}",
    },
    "ssh_key_changed": {
        "en": "its host key is not the one that was taken; where that is meant: "
        "ssh-keygen -R {address} && ssh-keyscan {address} >> ~/.ssh/known_hosts",
        "ko": "호스트 키가 등록된 것과 다릅니다. 일부러 바꾼 것이 맞다면: "
        "ssh-keygen -R {address} && ssh-keyscan {address} >> ~/.ssh/known_hosts",
    },
    "ssh_key_unknown": {
        "en": "its host key is not known here: ssh-keyscan {address} >> ~/.ssh/known_hosts, "
        "and compare what ssh-keygen -l -f ~/.ssh/known_hosts shows",
        "ko": "호스트 키가 등록되어 있지 않습니다: ssh-keyscan {address} >> ~/.ssh/known_hosts 후 "
        "ssh-keygen -l -f ~/.ssh/known_hosts의 지문을 확인하세요",
    },
    "ssh_refuses": {
        "en": "it does not let {account} in with the keys that were tried: ansible_user in the inventory, "
        "or --private-key",
        "ko": "시도한 키로는 {account} 계정으로 로그인할 수 없습니다: "
        "인벤토리의 ansible_user나 --private-key를 확인하세요",
    },
    "ssh_no_address": {
        "en": "its address {address} leads nowhere: ansible_host in the inventory",
        "ko": "{address} 주소를 찾을 수 없습니다: 인벤토리의 ansible_host를 확인하세요",
    },
    "host_was_lost": {"en": "{host} was lost", "ko": "{host:과/와} 연결이 끊겼습니다"},
    "host_lost": {
        "en": "the host was lost; what it runs is not known",
        "ko": "연결이 끊겨 무엇이 실행 중인지 알 수 없습니다",
    },
    "host_lost_activating": {
        "en": "the host was lost during the activation",
        "ko": "교체하는 도중에 연결이 끊겼습니다",
    },
    "no_answer": {"en": "it gave no answer", "ko": "응답이 없습니다"},
    "answer_not_understood": {
        "en": "its answer is not understood: {why}",
        "ko": "서버의 응답을 해석할 수 없습니다: {why}",
    },
    "no_host_may_be_worked_on": {
        "en": "no host of the fleet can be worked on: {hosts}",
        "ko": "작업할 수 있는 서버가 없습니다: {hosts}",
    },
    "no_host_reached": {
        "en": "no host of the fleet can be reached: {hosts}",
        "ko": "연결되는 서버가 없습니다: {hosts}",
    },
    "hosts_unreached": {
        "en": "{count} of {total} hosts cannot be reached: {hosts}",
        "ko": "{total}대 중 {count}대에 연결되지 않습니다: {hosts}",
    },
    "hosts_unread": {
        "en": "{count} of {total} hosts cannot be read: {hosts}",
        "ko": "{total}대 중 {count}대의 상태를 읽을 수 없습니다: {hosts}",
    },
    "deploys_frozen": {
        "en": "deploys of {service} are frozen: {why}",
        "ko": "{service} 배포가 동결되어 있습니다: {why}",
    },
    # The release, and how it comes there.
    "not_copied_here": {
        "en": "the artifact could not be copied here: {why}",
        "ko": "아티팩트를 이 서버로 복사하지 못했습니다: {why}",
    },
    "not_brought": {"en": "could not be brought from {giver}: {why}", "ko": "{giver}에서 가져오지 못했습니다: {why}"},
    "not_fetched": {"en": "could not be fetched: {why}", "ko": "내려받지 못했습니다: {why}"},
    "obstacle": {"en": "{version} {why}", "ko": "{version:을/를} {why}"},
    "hook_failed": {"en": 'the hook failed at "{task}": {why}', "ko": '훅이 "{task}"에서 실패했습니다: {why}'},
    "failed_on": {"en": "failed on {host}: {why}", "ko": "{host}에서 실패했습니다: {why}"},
    "failed_on_another": {"en": "the deploy failed on another host", "ko": "다른 서버에서 배포가 실패했습니다"},
    "rolled_back_by": {"en": "rolled back by {owner}", "ko": "{owner:이/가} 롤백했습니다"},
    "nothing_before": {
        "en": "there was no release before it to go back to",
        "ko": "되돌아갈 이전 버전이 없습니다",
    },
    # The run.
    "graded": {"en": "{severity}: {why}", "ko": "{severity}: {why}"},
    "has_taken_over": {"en": "{by} has taken over", "ko": "{by:이/가} 이어받았습니다"},
    "told_to_go": {
        "en": "it was told to go to {version}, and ends that by itself if it still can",
        "ko": "{version:으로/로} 바꾸라는 지시를 받았고, 가능하면 스스로 마칩니다",
    },
    "told_to_go_back": {
        "en": "it was told to go to its release before, and ends that by itself if it still can",
        "ko": "이전 버전으로 되돌리라는 지시를 받았고, 가능하면 스스로 마칩니다",
    },
    "ctrl_c": {"en": "Ctrl-C", "ko": "Ctrl-C"},
    "terminated": {"en": "SIGTERM", "ko": "SIGTERM"},
    "broke_off": {"en": "it broke off at the task '{task}'", "ko": "태스크 '{task}'에서 끊겼습니다"},
    # What a person does next, and to what end.
    "back_the_others_too": {
        "en": "if it was for one server only: to take the others back, too",
        "ko": "서버 한 대만 되돌린 것이라면, 나머지도 되돌리기",
    },
    "to_finish_it": {"en": "to finish it", "ko": "마저 끝내기"},
    "to_go_on_where_it_was": {"en": "to go on where it was", "ko": "멈춘 곳부터 이어서 하기"},
    "to_take_back_what_is_live": {"en": "to take back what is live now", "ko": "지금 올라간 것을 되돌리기"},
    "to_go_on_with_the_next_batch": {"en": "to go on with the next batch", "ko": "다음 배치로 계속하기"},
    "to_bring_along_once_reached": {
        "en": "once it can be reached, to bring along {hosts}",
        "ko": "연결되면 {hosts:을/를} 따라잡게 하기",
    },
    "to_bring_along_once_mended": {
        "en": "once that is mended, to bring along {hosts}",
        "ko": "고친 뒤 {hosts:을/를} 따라잡게 하기",
    },
    "to_take_all_further": {
        "en": "if {hosts} does not get well: to take all hosts to the release before that one",
        "ko": "{hosts:이/가} 회복되지 않으면, 모든 서버를 그 이전 버전으로 되돌리기",
    },
    "to_bring_back": {"en": "to bring back {hosts}", "ko": "{hosts:을/를} 되돌리기"},
    "when_it_is_safe_again": {"en": "when it is safe again", "ko": "다시 안전해지면"},
    "for_this_deploy_alone": {
        "en": "for this deploy alone, where it cannot wait",
        "ko": "기다릴 수 없으면 이번 배포만 진행하기",
    },
    "for_this_run_alone": {"en": "for this run alone", "ko": "이번 실행에만 허용하기"},
    "to_bring_all_to": {"en": "to bring all to {version}", "ko": "모두 {version:으로/로} 맞추기"},
    "to_deploy_everywhere": {"en": "to deploy {version} everywhere", "ko": "{version:을/를} 모든 서버에 배포하기"},
    "once_they_are_back": {"en": "once they are back", "ko": "서버가 돌아온 뒤"},
    "to_go_on_without_them": {"en": "to go on without them", "ko": "그 서버들 없이 진행하기"},
    "to_wait_for_it": {"en": "to wait for it, at most until then", "ko": "최대 그때까지 기다리기"},
    "to_see_who_answers": {"en": "to see who answers", "ko": "어느 서버가 응답하는지 보기"},
    "if_not_to_be_believed": {"en": "if {host} is not to be believed", "ko": "{host:을/를} 믿을 수 없으면"},
    "to_let_each_go_to_its_own": {
        "en": "to let each host go to its own newest",
        "ko": "서버마다 자기 최신 버전으로 되돌리기",
    },
    "to_see_what_is_there": {"en": "to see what is there", "ko": "무엇이 있는지 보기"},
    "to_see_which_there_are": {"en": "to see which there are", "ko": "어떤 버전이 있는지 보기"},
    "to_go_back_one_more": {"en": "to go back one more", "ko": "한 단계 더 되돌리기"},
    "to_see_that_it_is_well": {"en": "to see that {version} is well", "ko": "{version:이/가} 정상인지 확인하기"},
    "if_it_is_bad_itself": {"en": "if it is bad itself", "ko": "그 버전 자체가 문제라면"},
    "to_see_who_has_it_whole": {"en": "to see which host has it whole", "ko": "온전한 서버가 어디인지 보기"},
    "or_distrust_none": {"en": "or distrust none", "ko": "또는 distrust 없이 다시 하기"},
    "with_such_batches": {"en": "with such batches", "ko": "배치를 이렇게 적어서 다시 하기"},
    # What stands against going back to a release.
    "somebody": {"en": "somebody", "ko": "누군가"},
    "failed_here": {"en": "it failed here", "ko": "이 서버에서 실패했습니다"},
    "never_proven": {"en": "it was never proven", "ko": "확인된 적이 없습니다"},
    "not_there": {"en": "not there", "ko": "없습니다"},
    "known_to_one_alone": {
        "en": "{why}, and that {host} alone knows it is not enough to bring it",
        "ko": "{why}. {host}만 알고 있어 가져올 근거가 부족합니다",
    },
    "no_two_agree": {
        "en": "{why}, and no two hosts agree on the files that a copy must hold",
        "ko": "{why}. 복사본의 내용이 같은 서버가 두 대도 없습니다",
    },
    "being_left": {"en": "it is the one being left", "ko": "지금 떠나는 버전입니다"},
    "none_qualifies": {
        "en": "no release qualifies on every host to go back to",
        "ko": "모든 서버에서 되돌아갈 수 있는 버전이 없습니다",
    },
    "deploy_or_name_one": {
        "en": "deploy a fixed build, or name one of these",
        "ko": "고친 빌드를 배포하거나 이 중 하나를 지정하세요",
    },
    "cannot_be_activated": {
        "en": "release {version} cannot be activated",
        "ko": "{version:으로/로} 교체할 수 없습니다",
    },
    "deploy_or_name_another": {"en": "deploy it, or name another one", "ko": "배포하거나 다른 버전을 지정하세요"},
    "known_to_be_bad": {
        "en": "release {version} is known to be bad",
        "ko": "{version:은/는} 불량으로 표시된 버전입니다",
    },
    "name_another": {"en": "name another release", "ko": "다른 버전을 지정하세요"},
    # What a run is refused for.
    "fleet_is_empty": {"en": "the fleet is empty", "ko": "대상 서버가 없습니다"},
    "add_hosts": {"en": "add hosts to the inventory's group", "ko": "인벤토리의 그룹에 서버를 추가하세요"},
    "check_network_and_ssh": {"en": "check the network and SSH", "ko": "네트워크와 SSH를 확인하세요"},
    "list_is_empty": {"en": "is empty", "ko": "비어 있습니다"},
    "holds_entry": {"en": "holds {entry}", "ko": "쓸 수 없는 값 {entry:이/가} 있습니다"},
    "ends_with_group": {
        "en": "ends with the group '{group}' and leaves out: {hosts}",
        "ko": "그룹 '{group}'으로 끝나 빠지는 서버가 있습니다: {hosts}",
    },
    "what_a_batch_is": {
        "en": "an entry is a number of hosts from 1, a share from 1% to 100%, or a group of the inventory",
        "ko": "값은 1 이상의 서버 수, 1%~100%의 비율, 인벤토리의 그룹 중 하나",
    },
    "add_to_it": {"en": "add {text} to it", "ko": "{text:을/를} 덧붙이세요"},
    "distrust_unknown": {
        "en": "distrust names what is no host of the fleet: {hosts}",
        "ko": "distrust에 대상이 아닌 서버가 있습니다: {hosts}",
    },
    "name_hosts_as_inventory": {"en": "name hosts as the inventory does", "ko": "인벤토리의 이름대로 적으세요"},
    "distrust_leaves_none": {
        "en": "distrust leaves no host whose word counts: {hosts} can be read",
        "ko": "distrust를 빼면 믿을 서버가 없습니다. 읽을 수 있는 서버: {hosts}",
    },
    "name_fewer_hosts": {"en": "name fewer hosts", "ko": "서버를 줄여 적으세요"},
    "a_deploy_allows": {"en": "a deploy allows {most}", "ko": "배포에서 허용하는 수: {most}"},
    "one_server_twice": {
        "en": "{hosts: and } are one server under {count} names",
        "ko": "{hosts:은/는} 이름만 {count}개인 같은 서버입니다",
    },
    "name_once": {"en": "name it once in the inventory", "ko": "인벤토리에 한 번만 적으세요"},
    "is_marked_bad": {
        "en": "release {version} is marked bad: {why}",
        "ko": "{version:은/는} 불량으로 표시된 버전입니다: {why}",
    },
    "marked_by": {
        "en": "by {by:?somebody}[, {at:when}], on {hosts}",
        "ko": "불량 표시: {by:?누군가}[, {at:when}], 서버: {hosts}",
    },
    "marked_bad_on": {
        "en": "{hosts}: it was marked bad by {by:?somebody}: {why}",
        "ko": "{hosts}: 불량 표시 ({by:?누군가}), {why}",
    },
    "deploy_new_build": {"en": "deploy a new build under a new version", "ko": "새 빌드를 새 버전으로 배포하세요"},
    "heard_of_on": {"en": "{host}; {heard}, and it expires {at:when}", "ko": "{host}, {heard}, 만료: {at:when}"},
    "fleet_went_back": {
        "en": "went back from {left:?nothing} to {to} {age:age} ago[ by {by}]",
        "ko": "{age:age} 전에[ {by:이/가}] {left:?빈 상태}에서 {to:으로/로} 롤백했습니다",
    },
    "each_to_its_own": {"en": "each host's own release", "ko": "서버마다 자기 버전"},
    "nothing_changed_refused": {
        "en": "nothing was changed now; refused {until}",
        "ko": "바꾼 것은 없습니다. 이 제한은 {until}",
    },
    "nothing_to_do_if_two": {
        "en": "if two have pressed the button there is nothing to do",
        "ko": "두 사람이 동시에 누른 것이면 더 할 일이 없습니다",
    },
    "not_replaced_by_stopped": {
        "en": "nothing to roll back here: the stopped deploy of {version} by {owner} did not replace {live}",
        "ko": "되돌릴 것이 없습니다: {owner}의 중단된 {version} 배포는 {live:을/를} 바꾸지 않았습니다",
    },
    "not_replaced_by_unfinished": {
        "en": "nothing to roll back here: the unfinished deploy of {version} by {owner} did not replace {live}",
        "ko": "되돌릴 것이 없습니다: {owner}의 끊긴 {version} 배포는 {live:을/를} 바꾸지 않았습니다",
    },
    "if_bad_name_target": {
        "en": "if {version} is bad itself, name the release to go to",
        "ko": "{version} 자체가 문제라면 되돌아갈 버전을 지정하세요",
    },
}
