"""Discord messages in English; the same keys and placeholders as in Korean."""

from __future__ import annotations

TITLES = {
    "lint_test_failed": "🟡 P1 Lint & Test failed",
    "integration_failed": "🟡 P1 Integration failed",
    "release_built": "✅ Artifact built",
    "release_build_failed": "🔴 P1 Build failed",
    "deploy_started": "🚀 Deploy started",
    "deploy_succeeded": "✅ Deploy finished",
    "deploy_failed": "🚨 P0 Deploy failed",
    "health_check_failed": "🚨 P0 Health check failed → automatic rollback starts",
    "rollback_succeeded": "✅ Rollback finished",
    "rollback_failed": "🚨 P0 Rollback failed (manual intervention needed)",
    "incident_opened": "{mark} {severity} Incident opened {incident}",
    "incident_acknowledged": "👀 {severity} Incident acknowledged {incident}",
    "incident_escalated": "📣 {severity} Incident escalated {incident}",
    "incident_resolved": "✅ {severity} Incident resolved {incident}",
    "incident_report": "📋 Incident report {incident}",
    "severity_changed": "{mark} Severity changed {previous_severity} → {severity}",
    "plain": "{mark} {severity} {title}",
}

SENTENCES = {
    "lint_test_failed": "Lint or tests failed. Please look at the CI log.",
    "integration_failed": "The integration tests failed. Please look at the CI log.",
    "release_built": "An artifact is ready to be deployed.",
    "release_build_failed": "The release build failed; there is no artifact to deploy. Please look at the CI log.",
    "deploy_failed": "The deploy failed. Please check the state of each server.",
    "health_check_failed": "The new version did not pass its health check; going back to the version before.",
    "rollback_succeeded": "The version before is live again and passed its health check.",
    "rollback_failed": "Some servers did not recover by themselves. Please look at them now.",
    "incident_escalated": "Still unresolved: the next contact is notified.",
}

LABELS = {
    "service": "Service",
    "environment": "Environment",
    "version": "Version",
    "actor": "Started by",
    "hosts": "Hosts",
    "duration": "Duration",
    "progress": "Progress",
    "commit": "Commit",
    "reason": "Reason",
    "incident": "Incident",
    "failures": "Failed hosts",
    "occurred_at": "Occurred",
    "detected_at": "Detected",
    "acted_at": "Acted",
    "recovered_at": "Recovered",
    "impact": "Impact",
    "root_cause": "Root cause",
    "prevention": "Prevention",
    "links": "Links",
    "ci": "CI run",
    "commit_link": "Commit",
    "incident_link": "Incident",
    "runbook": "Runbook",
}

OUTCOMES = {
    "staging": "⏳ staging",
    "activating": "⏳ staged, activating",
    "running": "⏳ in progress",
    "succeeded": "✅ finished",
    "failed": "🚨 failed",
    "rolling_back": "↩️ rolling back",
    "rolled_back": "↩️ rolled back",
}

WORDS = {
    "more": "… ({} more)",
    "more_fields": "… ({} more fields)",
    "more_hosts": "and {more} more ({total} hosts)",
    "more_failures": "and {} more hosts",
    "more_links": "… ({} more links)",
    "earlier_lines": "… ({} earlier lines)",
    "hosts": "{} hosts",
    "hosts_done": "{done}/{total} hosts",
    "batch": "batch {batch}/{batches}",
    "seconds": "{} s",
    "minutes": "{} min",
    "hours": "{} h",
    "runs": "runs {}",
    "stopped": "runs nothing",
    "log_of": "Log of {}",
    "log": "Log",
    "dropped": "⚠️ {} notifications were lost: the outbox was full or they grew too old",
}
