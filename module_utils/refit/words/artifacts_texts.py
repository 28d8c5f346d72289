"""What is wrong with an artifact, or with the way to it."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "redirect_to_no_url": {"en": "it redirects to what is no URL", "ko": "URL이 아닌 곳으로 리다이렉트합니다"},
    "redirect_off_https": {
        "en": "it redirects away from https, to {url}",
        "ko": "https가 아닌 {url:으로/로} 리다이렉트합니다",
    },
    "redirects_too_often": {"en": "it redirects more than {most} times", "ko": "{most}번 넘게 리다이렉트합니다"},
    "not_within": {"en": "not within {seconds:g} s", "ko": "{seconds:g}초 안에 받지 못했습니다"},
    "file_became_shorter": {"en": "the file has become shorter", "ko": "받는 사이에 파일이 짧아졌습니다"},
    "server_answered": {"en": "the server answered {answer}", "ko": "서버가 {answer:으로/로} 응답했습니다"},
    "origin_not_named": {
        "en": "{where}.origins does not name {origin}",
        "ko": "{where}.origins에 {origin:이/가} 없습니다",
    },
    "asked_without_headers": {
        "en": "{why}; it was asked without refit_artifact.headers, since {since}",
        "ko": "{why}. refit_artifact.headers 없이 요청했습니다: {since}",
    },
    "nothing_is_signed": {"en": "nothing is signed for {origin}: {why}", "ko": "{origin}에는 서명하지 않습니다: {why}"},
    # Staging, and what it takes.
    "checksum_differs": {
        "en": "checksum of the artifact is {found}, expected was {expected}",
        "ko": "아티팩트의 체크섬이 {expected:이/가} 아니라 {found}입니다",
    },
    "fetch_again": {
        "en": "build or fetch the artifact again, and compare with: sha256sum {path}",
        "ko": "아티팩트를 다시 빌드하거나 받아서 비교하세요: sha256sum {path}",
    },
    "shared_missing": {
        "en": "shared files that the release needs are missing: {paths}",
        "ko": "릴리스에 필요한 shared 파일이 없습니다: {paths}",
    },
    "put_them_there": {
        "en": "put them there, then run the same command again",
        "ko": "파일을 넣은 뒤 같은 명령을 다시 실행하세요",
    },
    "shared_link_nowhere": {
        "en": "shared/{path} is a link that leads nowhere: {target}",
        "ko": "shared/{path} 링크가 가리키는 {target:이/가} 없습니다",
    },
    "mend_shared_link": {
        "en": "mount or make what it leads to, or remove the link; then run the same command again",
        "ko": "링크 대상을 마운트하거나 만들고, 아니면 링크를 지운 뒤 같은 명령을 다시 실행하세요",
    },
    "artifact_unreadable": {
        "en": "cannot read the artifact: {why}",
        "ko": "아티팩트를 읽을 수 없습니다: {why}",
    },
    "entry_point_missing": {
        "en": "the release holds no {path}, which {setting} names as what to start",
        "ko": "시작할 프로그램으로 {setting}에 적힌 {path:이/가} 릴리스에 없습니다",
    },
    "build_with_entry_point": {
        "en": "correct the build or the setting, then run the same command again",
        "ko": "빌드나 설정을 고친 뒤 같은 명령을 다시 실행하세요",
    },
    "release_made_by_hand": {
        "en": "release {version} was made by hand and is never overwritten",
        "ko": "{version} 릴리스는 손으로 만든 것이라 덮어쓰지 않습니다",
    },
    "choose_another_version": {
        "en": "choose another version, or activate it as it is by naming it",
        "ko": "다른 버전을 쓰거나, 버전을 지정해 그대로 교체하세요",
    },
    "staged_with_other_content": {
        "en": "release {version} is staged already, with other content (sha256 {sha256})",
        "ko": "{version} 릴리스가 다른 내용으로 이미 전송되어 있습니다 (sha256 {sha256})",
    },
    "give_own_version": {
        "en": "give the new build a version of its own",
        "ko": "새 빌드에 새 버전을 붙이세요",
    },
    "damaged_and_live": {
        "en": "release {version} is damaged ({why}) and live, so it cannot be replaced in place",
        "ko": "실행 중인 {version} 릴리스가 손상되어 ({why}) 제자리에서 바꿀 수 없습니다",
    },
    "deploy_under_new_version": {
        "en": "deploy the same build under a new version",
        "ko": "같은 빌드를 새 버전으로 배포하세요",
    },
    "version_file_no_file": {
        "en": "the artifact's {name} is no plain file",
        "ko": "아티팩트의 {name:이/가} 일반 파일이 아닙니다",
    },
    "build_with_version_as_text": {
        "en": "build it with the version as text in that file, or without it",
        "ko": "그 파일에 버전을 텍스트로 넣거나, 파일 없이 빌드하세요",
    },
    "brings_our_file": {
        "en": "the artifact brings a {name}, which is written where it is staged",
        "ko": "아티팩트에 {name:이/가} 들어 있습니다. 이 파일은 전송할 때 만듭니다",
    },
    "build_without_file": {
        "en": "build it without that file",
        "ko": "그 파일 없이 빌드하세요",
    },
    "own_version_differs": {
        "en": "the artifact's own version.txt says '{own}', not '{version}'",
        "ko": "아티팩트의 version.txt가 '{version}'이 아니라 '{own}'입니다",
    },
    "to_deploy_as_what_it_is": {"en": "to deploy it as what it is", "ko": "파일에 적힌 버전으로 배포하기"},
    "release_not_written": {
        "en": "cannot write the release: {why}",
        "ko": "릴리스를 쓸 수 없습니다: {why}",
    },
    "make_room": {
        "en": "make room (df -h {directory}), then run the same command again",
        "ko": "공간을 비운 뒤 (df -h {directory}) 같은 명령을 다시 실행하세요",
    },
    "brings_no_directory": {
        "en": "it brings {theirs} as no directory, and the service shares {path} below that",
        "ko": "아티팩트의 {theirs:이/가} 디렉터리가 아닌데 서비스는 그 아래 {path:을/를} 공유합니다",
    },
    "build_with_directory": {
        "en": "build it with a directory there, or without, and deploy that as a new version",
        "ko": "그 자리에 디렉터리를 두거나 없이 빌드해 새 버전으로 배포하세요",
    },
    "release_cannot_be_copied": {
        "en": "release {version} cannot be copied: {why}",
        "ko": "{version} 릴리스를 복사할 수 없습니다: {why}",
    },
    "copy_differs": {
        "en": "the copy of release {version} has checksum {found}, packed was {expected}",
        "ko": "{version} 릴리스 복사본의 체크섬이 {expected:이/가} 아니라 {found}입니다",
    },
    "same_command_again": {
        "en": "run the same command again",
        "ko": "같은 명령을 다시 실행하세요",
    },
    "copy_is_not_it": {
        "en": "the copy of release {version} is not the release: {why}",
        "ko": "{version} 릴리스의 복사본이 원본과 다릅니다: {why}",
    },
    "look_at_giver": {
        "en": "look at the host that it comes from, which made it otherwise; or deploy the build anew",
        "ko": "보낸 서버의 릴리스를 확인하거나 빌드를 새로 배포하세요",
    },
    "again_or_deploy_anew": {
        "en": "run the same command again, or deploy the build anew",
        "ko": "같은 명령을 다시 실행하거나 빌드를 새로 배포하세요",
    },
    "copy_holds_path": {
        "en": "the copy of release {version} holds the path '{path}'",
        "ko": "{version} 릴리스의 복사본에 '{path}' 경로가 있습니다",
    },
    "too_little_space": {
        "en": "too little disk space: {needed} needed, {free} free",
        "ko": "디스크 공간이 부족합니다: {needed} 필요, {free} 남음",
    },
    "free_space": {
        "en": "free some, then run the same command again: df -h {directory}",
        "ko": "공간을 비운 뒤 같은 명령을 다시 실행하세요: df -h {directory}",
    },
    "too_few_inodes": {
        "en": "too few free inodes: {needed} needed, {free} free",
        "ko": "inode가 부족합니다: {needed}개 필요, {free}개 남음",
    },
    "free_inodes": {
        "en": "remove some files, then run the same command again: df -i {directory}",
        "ko": "파일을 지운 뒤 같은 명령을 다시 실행하세요: df -i {directory}",
    },
    "disk_filled_up": {
        "en": "the disk filled up while unpacking: {why}",
        "ko": "압축을 푸는 도중 디스크가 가득 찼습니다: {why}",
    },
    "cannot_unpack": {
        "en": "cannot unpack: {why}",
        "ko": "압축을 풀 수 없습니다: {why}",
    },
    "archive_refused": {
        "en": "the archive is refused: {why}",
        "ko": "아카이브를 거절했습니다: {why}",
    },
    "correct_build": {
        "en": "correct the build, make the archive again and stage that",
        "ko": "빌드를 고치고 아카이브를 다시 만들어 배포하세요",
    },
    "archive_damaged": {
        "en": "the archive is damaged or cut short: {why}",
        "ko": "아카이브가 손상됐거나 잘렸습니다: {why}",
    },
    "unexpected_end": {
        "en": "unexpected end",
        "ko": "예상치 못한 끝",
    },
    "compare_and_fetch": {
        "en": "compare with the build's checksum and fetch it again: sha256sum {path}",
        "ko": "빌드의 체크섬과 비교하고 다시 받으세요: sha256sum {path}",
    },
    "archive_unreadable": {
        "en": "cannot open the archive: {why}",
        "ko": "아카이브를 열 수 없습니다: {why}",
    },
    "artifact_not_fetched": {
        "en": "the artifact cannot be fetched: {why}[ ({attempts} attempts)]",
        "ko": "아티팩트를 내려받지 못했습니다: {why}[ ({attempts}번 시도)]",
    },
    "try_it_there": {
        "en": "try it from the same machine: curl -sS -o /dev/null {url}",
        "ko": "같은 서버에서 확인해 보세요: curl -sS -o /dev/null {url}",
    },
    "check_certificate": {
        "en": "check the server's certificate; a CA of your own is named as refit_artifact.ca",
        "ko": "서버 인증서를 확인하세요. 사설 CA는 refit_artifact.ca로 지정합니다",
    },
    "correct_proxy": {
        "en": "correct refit_artifact.proxy, or https_proxy and no_proxy in the server's environment",
        "ko": "refit_artifact.proxy나 서버 환경의 https_proxy, no_proxy를 고치세요",
    },
    "name_last_url": {
        "en": "name the URL that it ends at as release_artifact",
        "ko": "리다이렉트가 끝나는 URL을 release_artifact로 지정하세요",
    },
    "check_network": {
        "en": "check the network between them, then run the same command again",
        "ko": "네트워크를 확인한 뒤 같은 명령을 다시 실행하세요",
    },
    "check_slow_network": {
        "en": "check the network between them; a slow one needs a higher refit_artifact.deadline_s",
        "ko": "네트워크를 확인하세요. 느린 네트워크라면 refit_artifact.deadline_s를 늘리세요",
    },
    "wait_for_server": {
        "en": "wait until its server has recovered, then run the same command again",
        "ko": "서버가 복구된 뒤 같은 명령을 다시 실행하세요",
    },
    "correct_or_upload": {
        "en": "correct -e release_artifact, or upload the build there",
        "ko": "-e release_artifact를 고치거나 그 자리에 빌드를 올리세요",
    },
    "check_rights_of_artifact": {
        "en": (
            "run the same command again if a signature has expired, else check the rights of "
            "refit_artifact.headers, or of the AWS credentials that signed the URL"
        ),
        "ko": "서명이 만료됐으면 같은 명령을 다시 실행하고, 아니면 refit_artifact.headers나 "
        "URL에 서명한 AWS 자격 증명의 권한을 확인하세요",
    },
    "artifact_too_large": {
        "en": "the artifact is larger than {most} bytes",
        "ko": "아티팩트가 {most}바이트를 넘습니다",
    },
    "check_file_or_raise_limit": {
        "en": "check that it is the right file; raise refit_artifact.max_bytes if it is",
        "ko": "맞는 파일인지 확인하고, 맞다면 refit_artifact.max_bytes를 늘리세요",
    },
    "correct_checksum_or_upload": {
        "en": "correct release_sha256 (or the SHA256SUMS beside it), or upload the build again",
        "ko": "release_sha256이나 옆의 SHA256SUMS를 고치거나 빌드를 다시 올리세요",
    },
    "bytes_to_come": {
        "en": "{size} bytes are still to come, and {free} are free",
        "ko": "{size}바이트를 더 받아야 하는데 {free}바이트만 남았습니다",
    },
    "artifact_not_written": {
        "en": "cannot write the artifact: {why}",
        "ko": "아티팩트를 쓸 수 없습니다: {why}",
    },
    "check_owner": {
        "en": "check owner and mode: ls -ld {directory}",
        "ko": "소유자와 권한을 확인하세요: ls -ld {directory}",
    },
    "no_room_for_artifact": {
        "en": "the disk has no room for the artifact: {why}",
        "ko": "아티팩트를 둘 디스크 공간이 없습니다: {why}",
    },
    "there_is_no": {
        "en": "there is no {name}",
        "ko": "{name:이/가} 없습니다",
    },
    "may_not_run": {
        "en": "{user} may not run {program}",
        "ko": "{user:은/는} {program:을/를} 실행할 권한이 없습니다",
    },
    "this_user": {
        "en": "this user",
        "ko": "현재 사용자",
    },
    "build_not_confined": {
        "en": "what packages bring runs here with all that {user} may do: {why}",
        "ko": "패키지에 든 코드가 {user:이/가} 할 수 있는 모든 것을 할 수 있는 상태로 실행됩니다: {why}",
    },
    "only_root_confines": {
        "en": "only root can confine it",
        "ko": "root만 제한할 수 있습니다",
    },
    "step_not_confined": {
        "en": "it could not be confined, so it was not run",
        "ko": "실행을 제한할 수 없어 실행하지 않았습니다",
    },
    "build_too_deep": {
        "en": "the build left directories of more than {levels} levels",
        "ko": "빌드가 {levels}단계보다 깊은 디렉터리를 남겼습니다",
    },
    "leave_package_out": {
        "en": "find out which package makes it, and leave that out",
        "ko": "어느 패키지가 만드는지 찾아 빼세요",
    },
    "build_too_long": {
        "en": "it was stopped, because the build took longer than {seconds:g} s; it said: {said}",
        "ko": "빌드가 {seconds:g}초를 넘어 중단했습니다. 출력: {said}",
    },
    "exit_code_said": {
        "en": "exit code {number}: {said}",
        "ko": "종료 코드 {number}: {said}",
    },
    "make_some_room": {
        "en": "make room (df -h), then run the same command again",
        "ko": "공간을 비운 뒤 (df -h) 같은 명령을 다시 실행하세요",
    },
    "read_what_it_printed": {
        "en": "read what it printed: less {path}",
        "ko": "출력을 확인하세요: less {path}",
    },
    "check_packages": {
        "en": "check the packages against each other",
        "ko": "패키지 의존성 확인",
    },
    "import_app": {
        "en": "import the app",
        "ko": "앱 import",
    },
    "make_virtualenv": {
        "en": "make the virtualenv",
        "ko": "virtualenv 만들기",
    },
    "install_wheel": {
        "en": "install the wheel",
        "ko": "wheel 설치",
    },
    "constraints_missing": {
        "en": "the constraints file is missing",
        "ko": "constraints 파일이 없습니다",
    },
    "wheel_does_not_fit": {
        "en": "the wheel does not fit {python} on {machine}: {why}",
        "ko": "wheel이 {machine}의 {python}에 맞지 않습니다: {why}",
    },
    "build_for_that_python": {
        "en": "build it for that Python, or correct refit_services.{service}.wheel.python",
        "ko": "그 Python에 맞게 빌드하거나 refit_services.{service}.wheel.python을 고치세요",
    },
    "no_uv": {
        "en": "there is no uv here that {user} can run",
        "ko": "{user:이/가} 실행할 수 있는 uv가 없습니다",
    },
    "provision_uv": {
        "en": "run playbooks/provision.yml, which installs it, or name it in the service's wheel.uv",
        "ko": "playbooks/provision.yml로 설치하거나 서비스의 wheel.uv에 지정하세요",
    },
    "built_for_another_python": {
        "en": "it was built for another Python ({tags})",
        "ko": "다른 Python용으로 빌드됐습니다 ({tags})",
    },
    "built_for_another_platform": {
        "en": "it was built for another platform ({tags})",
        "ko": "다른 플랫폼용으로 빌드됐습니다 ({tags})",
    },
    "no_wheel": {
        "en": "the artifact is no wheel that can be installed: {why}",
        "ko": "설치할 수 있는 wheel이 아닙니다: {why}",
    },
    "no_jar": {
        "en": "the artifact is no jar that can run: {why}",
        "ko": "실행할 수 있는 jar가 아닙니다: {why}",
    },
    "java_too_old": {
        "en": "Java {version} is too old: Java {needed} is needed ({why})",
        "ko": "Java {version:은/는} 너무 낮습니다. Java {needed:이/가} 필요합니다 ({why})",
    },
    "no_python": {
        "en": "there is no Python {version} on this host[ (uv: {said})]",
        "ko": "이 서버에 Python {version:이/가} 없습니다[ (uv: {said})]",
    },
    "install_python": {
        "en": "install it (apt-get install python{version}), or name one in the service's wheel.python",
        "ko": "설치하거나 (apt-get install python{version}) 서비스의 wheel.python에 다른 버전을 지정하세요",
    },
    "compile_own_modules": {"en": "compile the app's modules", "ko": "앱 모듈 컴파일"},
    "compile_other_packages": {"en": "compile the other packages", "ko": "다른 패키지 컴파일"},
    # Which file it is.
    "or_say_its_checksum": {"en": "or say what it must have", "ko": "또는 파일이 가져야 할 체크섬을 지정하기"},
    "or_if_that_is_it": {"en": "or, if that is it", "ko": "또는 그 체크섬이 맞다면"},
    "with_one_of_these": {"en": "with one of these", "ko": "이 중 하나를 지정해서 다시 하기"},
    "with_its_checksum": {"en": "with its checksum", "ko": "체크섬을 지정해서 다시 하기"},
    # What an archive holds.
    "kind_file": {"en": "file", "ko": "파일"},
    "kind_directory": {"en": "directory", "ko": "디렉터리"},
    "kind_symbolic_link": {"en": "symbolic link", "ko": "심볼릭 링크"},
    "kind_hard_link": {"en": "hard link", "ko": "하드 링크"},
    "kind_special": {"en": "device, pipe or socket", "ko": "장치, 파이프 또는 소켓"},
    "is_a_kind": {"en": "{path} is a {kind}", "ko": "{path:은/는} {kind}입니다"},
    "root_is_a_kind": {
        "en": "the archive's root is not a directory but a {kind}",
        "ko": "아카이브의 최상위가 디렉터리가 아니라 {kind}입니다",
    },
    "hard_link_to_no_file": {
        "en": "hard link {path} names {target}, no file before it",
        "ko": "하드 링크 {path:이/가} 가리키는 {target:이/가} 앞에 나온 파일이 아닙니다",
    },
    "hard_link_to_left_out": {
        "en": "hard link {path} names {target}, which is left out",
        "ko": "하드 링크 {path:이/가} 제외된 {target:을/를} 가리킵니다",
    },
    "link_target_too_deep": {
        "en": "symbolic link {path} has a target of more than {most} levels",
        "ko": "심볼릭 링크 {path}의 대상이 {most}단계보다 깊습니다",
    },
    "link_target_too_long": {
        "en": "symbolic link {name} has a target of {bytes} bytes",
        "ko": "심볼릭 링크 {name}의 대상이 {bytes}바이트나 됩니다",
    },
    "link_leaves_directory": {
        "en": "symbolic link {path} -> {target} leaves the directory",
        "ko": "심볼릭 링크 {path} -> {target:이/가} 디렉터리를 벗어납니다",
    },
    "link_leads_too_far": {
        "en": "symbolic link {path} leads through more than {most} links, or in a circle",
        "ko": "심볼릭 링크 {path:이/가} 링크를 {most}개 넘게 거치거나 돌고 돕니다",
    },
    "holds_no_files": {"en": "the archive holds no files", "ko": "아카이브에 파일이 없습니다"},
    "holds_only_byproducts": {
        "en": "the archive holds no files but what its packer added",
        "ko": "압축 프로그램이 덧붙인 파일뿐입니다",
    },
    "too_many_members": {
        "en": "more than {most} files, links and directories, the service's archive.max_files",
        "ko": "파일, 링크, 디렉터리가 서비스의 archive.max_files인 {most}개를 넘습니다",
    },
    "two_spellings": {
        "en": "{path} comes in two Unicode spellings, composed and decomposed",
        "ko": "{path:이/가} 두 가지 유니코드 표기(조합형, 완성형)로 들어 있습니다",
    },
    "lies_below_a_kind": {
        "en": "{path} lies below {above}, a {kind}",
        "ko": "{path:이/가} {kind}인 {above} 아래에 있습니다",
    },
    "comes_twice": {
        "en": "{path} comes twice, as a {first} and as a {second}",
        "ko": "{path:이/가} 두 번({first}, {second}) 들어 있습니다",
    },
    "name_leaves_directory": {
        "en": "{name} leaves the directory with '..'",
        "ko": "{name:이/가} '..'로 디렉터리를 벗어납니다",
    },
    "name_part_too_long": {
        "en": "{name} has a part of more than {most} bytes",
        "ko": "{name}에 {most}바이트를 넘는 이름이 있습니다",
    },
    "path_too_long": {
        "en": "{name} is longer than {most} bytes or {levels} levels",
        "ko": "{name:이/가} {most}바이트나 {levels}단계를 넘습니다",
    },
    "name_or_target_refused": {"en": "the name or link target {name} {why}", "ko": "이름 또는 링크 대상 {name}: {why}"},
    "text_is_empty": {"en": "is empty", "ko": "비어 있습니다"},
    "text_is_no_utf8": {"en": "is not valid UTF-8", "ko": "올바른 UTF-8이 아닙니다"},
    "text_has_control_character": {"en": "holds a control character", "ko": "제어 문자가 있습니다"},
    "text_is_longer": {"en": "is longer than {most} bytes", "ko": "{most}바이트를 넘습니다"},
    "text_is_absolute": {"en": "is absolute", "ko": "절대 경로입니다"},
    "negative_size": {"en": "{name} claims a negative size", "ko": "{name}의 크기가 음수로 적혀 있습니다"},
    "unpacks_to_more": {"en": "it unpacks to more than {most}", "ko": "풀면 {most:을/를} 넘습니다"},
    "archive_bomb": {
        "en": "{packed} unpack to {unpacked} or more, over {ratio} times as much: an archive bomb",
        "ko": "{packed:이/가} {unpacked} 이상으로 풀립니다. {ratio}배가 넘는 압축 폭탄입니다",
    },
    "too_many_pax_records": {
        "en": "more than {most} global pax records",
        "ko": "전역 pax 레코드가 {most}개를 넘습니다",
    },
    "data_after_end": {
        "en": "more data follows the end of the archive (two archives in one file?)",
        "ko": "아카이브가 끝난 뒤에 데이터가 더 있습니다 (한 파일에 아카이브가 둘?)",
    },
    "is_encrypted": {"en": "{name} is encrypted", "ko": "{name:이/가} 암호화되어 있습니다"},
    "has_backslash": {
        "en": "{name} has a backslash for a separator, as only Windows writes it",
        "ko": "{name}의 구분자가 Windows식 백슬래시입니다",
    },
    "directory_with_content": {
        "en": "{name} is a directory with content",
        "ko": "디렉터리 {name}에 내용이 들어 있습니다",
    },
    "is_not_deflate": {
        "en": "{name} is compressed by a method other than deflate",
        "ko": "{name:이/가} deflate가 아닌 방식으로 압축되어 있습니다",
    },
    "headers_too_large": {
        "en": "its headers are larger than those of any real archive",
        "ko": "헤더가 지나치게 큽니다",
    },
    "pax_number_too_long": {
        "en": "a pax header holds a number longer than any name may be",
        "ko": "pax 헤더의 숫자가 지나치게 깁니다",
    },
    "not_an_archive": {
        "en": "the artifact {why}; supported are {endings}",
        "ko": "아티팩트를 쓸 수 없습니다: {why}. 지원 형식: {endings}",
    },
    "artifact_no_regular_file": {"en": "is not a regular file", "ko": "일반 파일이 아닙니다"},
    "artifact_is_empty": {"en": "is empty", "ko": "빈 파일입니다"},
    "artifact_is_web_page": {
        "en": "is a web page or an error message, it begins with {beginning}",
        "ko": "웹 페이지나 오류 메시지입니다 (시작: {beginning})",
    },
    "artifact_compressed_with": {"en": "is compressed with {program}", "ko": "{program:으로/로} 압축되어 있습니다"},
    "artifact_of_unknown_kind": {"en": "is none of the known kinds", "ko": "알 수 없는 형식입니다"},
    "look_at_what_was_fetched": {
        "en": "look at what was fetched, and check its source: file {path}",
        "ko": "받은 파일과 그 출처를 확인하세요: file {path}",
    },
    "python_without_module": {
        "en": "the artifact cannot be unpacked: the Python of this host was built without {module}",
        "ko": "압축을 풀 수 없습니다: 이 서버의 Python에 {module:이/가} 없습니다",
    },
    "install_python_or_pack_gz": {
        "en": "install the distribution's Python there, or pack the release as a .tar.gz",
        "ko": "배포판의 Python을 설치하거나 릴리스를 .tar.gz로 묶으세요",
    },
    "kind_not_supported": {
        "en": "an artifact of this kind cannot be staged; supported are {endings}",
        "ko": "지원하지 않는 형식의 아티팩트입니다. 지원 형식: {endings}",
    },
    "pack_in_these_ways": {"en": "pack the release in one of these ways", "ko": "릴리스를 이 형식 중 하나로 묶으세요"},
    # What it is built with.
    "unreadable_because": {"en": "it cannot be read ({why})", "ko": "읽을 수 없습니다 ({why})"},
    "check_what_build_made": {
        "en": "check what the build made, with: unzip -l {path}",
        "ko": "빌드 결과를 확인하세요: unzip -l {path}",
    },
    "no_main_class": {
        "en": "its {manifest} names no Main-Class, so `java -jar` cannot start it",
        "ko": "{manifest}에 Main-Class가 없어 `java -jar`로 시작할 수 없습니다",
    },
    "main_class_missing": {
        "en": "its Main-Class {name} is not in it",
        "ko": "Main-Class인 {name:이/가} 들어 있지 않습니다",
    },
    "holds_no_manifest": {"en": "it holds no {manifest}", "ko": "{manifest:이/가} 없습니다"},
    "jar_compiled_for_it": {"en": "the jar was compiled for it", "ko": "jar가 이 버전으로 컴파일됨"},
    "setting_says_so": {"en": "{setting} says so", "ko": "{setting} 설정"},
    "install_java": {
        "en": "install Java {version} (apt-get install openjdk-{version}-jre-headless), or name another one in the "
        "service's jar.java",
        "ko": "Java {version:을/를} 설치하거나 (apt-get install openjdk-{version}-jre-headless) 서비스의 "
        "jar.java에 다른 Java를 지정하세요",
    },
    "no_java": {"en": "there is no Java here that {user} can run", "ko": "{user:이/가} 실행할 수 있는 Java가 없습니다"},
    "looked_for_in": {"en": "{program}, looked for in {path}", "ko": "{program}, 찾은 경로: {path}"},
    "java_says_no_version": {
        "en": "`java -version` does not say a version (exit code {number})",
        "ko": "`java -version`이 버전을 출력하지 않습니다 (종료 코드 {number})",
    },
    "wheel_renamed": {
        "en": "its file name is not NAME-VERSION-PYTHON-ABI-PLATFORM.whl; keep the one its build gave it",
        "ko": "파일 이름이 NAME-VERSION-PYTHON-ABI-PLATFORM.whl 형식이 아닙니다. 빌드가 붙인 이름을 그대로 쓰세요",
    },
    "wheel_without_metadata": {
        "en": "it holds no .dist-info/METADATA, or several",
        "ko": ".dist-info/METADATA가 없거나 여러 개입니다",
    },
    "wheel_without_name": {
        "en": "its METADATA names no Name and Version",
        "ko": "METADATA에 Name과 Version이 없습니다",
    },
    "wheel_not_described": {
        "en": "the artifact is a wheel, but the service does not say how to build one",
        "ko": "아티팩트는 wheel인데 서비스에 빌드 방법이 없습니다",
    },
    "describe_wheel": {"en": "set wheel.python and wheel.app there", "ko": "wheel.python과 wheel.app을 적으세요"},
    "put_constraints_there": {
        "en": "put it there, or correct refit_services.{service}.wheel.constraints",
        "ko": "파일을 넣거나 refit_services.{service}.wheel.constraints를 고치세요",
    },
    "script_not_relocatable": {
        "en": "the script {name} of the virtualenv would not work where the release goes",
        "ko": "virtualenv의 {name} 스크립트가 릴리스 위치에서 동작하지 않습니다",
    },
    "install_newer_uv": {
        "en": "install a newer uv (pip install --upgrade uv), then run the same command again",
        "ko": "uv를 업데이트한 뒤 (pip install --upgrade uv) 같은 명령을 다시 실행하세요",
    },
    "python_cannot_run": {
        "en": "the Python that the service is pinned to cannot be run by {user} (exit code {number})",
        "ko": "{user:이/가} 서비스에 지정된 Python을 실행할 수 없습니다 (종료 코드 {number})",
    },
    "install_and_try_python": {
        "en": "install it where every user can run it (apt-get install python3-venv), and try: {path} -V",
        "ko": "모든 사용자가 실행할 수 있는 곳에 설치하고 (apt-get install python3-venv) 확인하세요: {path} -V",
    },
    "service_cannot_run_python": {
        "en": "the user of the service cannot run the Python that it is pinned to",
        "ko": "서비스 사용자가 지정된 Python을 실행할 수 없습니다",
    },
    "install_python_for_all": {
        "en": "install that Python where every user can run it, such as /usr/bin",
        "ko": "/usr/bin처럼 모든 사용자가 실행할 수 있는 곳에 그 Python을 설치하세요",
    },
    # Who builds it.
    "no_build_user": {
        "en": "there is no user '{name}' on this host to build releases",
        "ko": "이 서버에 릴리스를 빌드할 사용자 '{name}'이 없습니다",
    },
    "build_user_is_root": {
        "en": "'{name}' is root and must not build it",
        "ko": "'{name}'은 root라서 빌드에 쓸 수 없습니다",
    },
    "build_user_is_a_services": {
        "en": "'{name}' is the user of the service {service} and must not build it",
        "ko": "'{name}'은 {service} 서비스의 사용자라서 빌드에 쓸 수 없습니다",
    },
    "name_unused_account": {
        "en": "name an account that nothing else runs as",
        "ko": "다른 곳에서 쓰지 않는 계정을 지정하세요",
    },
    "build_process_stays": {
        "en": "process {pid} of the build user {user} does not end",
        "ko": "빌드 사용자 {user}의 프로세스 {pid:이/가} 끝나지 않습니다",
    },
    "see_what_it_waits_for": {
        "en": "see what it waits for: ps -o pid,stat,wchan,args -u {uid}; then run the same command again",
        "ko": "무엇을 기다리는지 확인한 뒤 같은 명령을 다시 실행하세요: ps -o pid,stat,wchan,args -u {uid}",
    },
    "uvs_cache_of_others": {
        "en": "uv's cache belongs to somebody else than root or the build user",
        "ko": "uv 캐시의 소유자가 root도 빌드 사용자도 아닙니다",
    },
    "remove_uvs_cache": {
        "en": "remove it, if nothing else uses it: rm -r {path}",
        "ko": "다른 곳에서 쓰지 않으면 지우세요: rm -r {path}",
    },
    "build_left_no_plain_file": {
        "en": "the build left something that is no plain file of its own",
        "ko": "빌드가 자기 소유의 일반 파일이 아닌 것을 남겼습니다",
    },
    "find_package_that_makes_it": {
        "en": "find out which package makes it, and leave that out",
        "ko": "어떤 패키지가 만드는지 찾아 빼세요",
    },
    # Its checksum, and where it lies.
    "artifact_forms": {
        "en": "a path on this machine, https://HOST/PATH or s3://BUCKET/KEY",
        "ko": "이 PC의 경로, https://HOST/PATH, s3://BUCKET/KEY",
    },
    "artifact_must_be": {
        "en": "release_artifact must be {forms}",
        "ko": "release_artifact에는 이 중 하나를 쓰세요: {forms}",
    },
    "artifact_without_name": {
        "en": "the artifact has no usable file name",
        "ko": "아티팩트의 파일 이름을 쓸 수 없습니다",
    },
    "name_a_file": {"en": "name a file: {forms}", "ko": "파일을 지정하세요: {forms}"},
    "checksum_differs_by": {
        "en": "checksum of the artifact is {found}, expected was {expected} ({origin})",
        "ko": "아티팩트의 체크섬이 {expected:이/가} 아니라 {found}입니다 (기준: {origin})",
    },
    "checksums_unreadable": {
        "en": "cannot read the checksums beside the artifact: {why}",
        "ko": "아티팩트 옆의 체크섬 파일을 읽을 수 없습니다: {why}",
    },
    "artifact_has_more_bytes": {
        "en": "the artifact has {size} bytes, more than {most}",
        "ko": "아티팩트가 {size}바이트로 한도인 {most}바이트를 넘습니다",
    },
    "checksums_disagree": {
        "en": "release_sha256 is {given}, but {file} beside the artifact says {listed}",
        "ko": "release_sha256은 {given}인데 아티팩트 옆의 {file}에는 {listed:이/가} 적혀 있습니다",
    },
    "find_out_which_build": {
        "en": "find out which build is meant, and upload both again",
        "ko": "어느 빌드가 맞는지 확인하고 둘 다 다시 올리세요",
    },
    "plain_http": {
        "en": "what comes over http:// can be changed on its way, its {file} as well",
        "ko": "http://로 받는 파일은 {file:과/와} 함께 도중에 바뀔 수 있습니다",
    },
    "use_https": {"en": "use https://", "ko": "https://를 쓰세요"},
    "no_checksum": {
        "en": "nothing says which checksum the artifact must have, so servers could stage different files",
        "ko": "아티팩트의 체크섬을 알 수 없어 서버마다 다른 파일을 받을 수 있습니다",
    },
    "upload_sums": {
        "en": "upload a {file} that names it beside it",
        "ko": "파일 이름이 적힌 {file:을/를} 옆에 올리세요",
    },
    "is_no_checksum": {
        "en": "release_sha256 is not a SHA-256 checksum: {count} characters",
        "ko": "release_sha256이 SHA-256 체크섬이 아닙니다: {count}자",
    },
    "copy_checksum": {
        "en": "copy the 64 hexadecimal digits that `sha256sum FILE` prints",
        "ko": "`sha256sum FILE`이 출력하는 64자리 16진수를 그대로 쓰세요",
    },
    "several_checksums": {
        "en": "{name} has {count} different checksums",
        "ko": "{name}의 체크섬이 {count}개나 다르게 적혀 있습니다",
    },
    "write_sums_anew": {
        "en": "write the file anew: sha256sum * > {file}",
        "ko": "파일을 새로 만드세요: sha256sum * > {file}",
    },
    "header_broken_or_no_end": {
        "en": "broken header, or no end-of-archive mark",
        "ko": "헤더가 깨졌거나 끝 표시가 없습니다",
    },
    "pax_header_broken": {"en": "broken pax header", "ko": "pax 헤더가 깨졌습니다"},
    "member_shorter": {
        "en": "{name} is not as long as its header says",
        "ko": "{name:이/가} 헤더에 적힌 길이보다 짧습니다",
    },
}
