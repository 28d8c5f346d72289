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
    "release_made_by_hand": {
        "en": "release {version} was made by hand and is never overwritten",
        "ko": "{version} 릴리스는 손으로 만든 것이라 덮어쓰지 않습니다",
    },
    "choose_another_version": {
        "en": "choose another version, or activate it as it is by naming it",
        "ko": "다른 버전을 쓰거나, 이름을 지정해 그대로 활성화하세요",
    },
    "staged_with_other_content": {
        "en": "release {version} is staged already, with other content (sha256 {sha256})",
        "ko": "{version} 릴리스가 다른 내용으로 이미 스테이징되어 있습니다 (sha256 {sha256})",
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
        "ko": "아티팩트에 {name:이/가} 들어 있습니다. 이 파일은 스테이징할 때 만듭니다",
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
        "ko": "아카이브를 거부했습니다: {why}",
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
}
