"""The account as SQLite tables.

Instants are microseconds since 1970, structured values are JSON text, and `*_key` columns hold a name as
uniqueness sees it. An engagement may lie ahead: it counts from its instant on. Triggers note what would be
dear to find out: the address that a contact had before, when a campaign was last sent, and how many contacts
gave which consent (`consents`, which follows from the rest and is in no dump).
"""

from __future__ import annotations

FORMAT = 4  # raised when the schema changes; an older file is refused, not migrated
APPLICATION = 0x43435354

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE account_emails (
    email_id INTEGER PRIMARY KEY, email_address TEXT NOT NULL, address_key TEXT NOT NULL UNIQUE,
    confirm_status TEXT NOT NULL, confirm_time INTEGER, confirm_source_type TEXT,
    roles TEXT NOT NULL, pending_roles TEXT NOT NULL) STRICT;
CREATE TABLE lists (
    seq INTEGER PRIMARY KEY, list_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL,
    description TEXT, favorite INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER) STRICT;
CREATE INDEX lists_by_name ON lists (name_key);
CREATE TABLE tags (
    seq INTEGER PRIMARY KEY, tag_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL,
    tag_source TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE INDEX tags_by_name ON tags (name_key);
CREATE TABLE custom_fields (
    seq INTEGER PRIMARY KEY, custom_field_id TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL, label_key TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
    metadata TEXT, version INTEGER,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE INDEX custom_fields_by_label ON custom_fields (label_key);
CREATE INDEX custom_fields_by_name ON custom_fields (name);
CREATE TABLE choices (
    choice_id INTEGER PRIMARY KEY, custom_field_id TEXT NOT NULL, choice_label TEXT NOT NULL,
    display_order INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER) STRICT;
CREATE INDEX choices_by_field ON choices (custom_field_id);
CREATE TABLE segments (
    segment_id INTEGER PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL, criteria TEXT NOT NULL,
    created_at INTEGER NOT NULL, edited_at INTEGER NOT NULL, deleted_at INTEGER) STRICT;
CREATE INDEX segments_by_name ON segments (name_key);
CREATE INDEX segments_by_date ON segments (edited_at, segment_id);
CREATE TABLE evaluations (
    segment_id INTEGER PRIMARY KEY, criteria TEXT NOT NULL, finished_at INTEGER) STRICT;
CREATE TABLE campaigns (
    seq INTEGER PRIMARY KEY, campaign_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, name_key TEXT NOT NULL,
    status TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    last_sent INTEGER, type_code INTEGER NOT NULL DEFAULT 26) STRICT;
CREATE INDEX campaigns_by_name ON campaigns (name_key);
CREATE INDEX campaigns_by_date ON campaigns (updated_at, seq);
CREATE INDEX campaigns_by_last_sent ON campaigns (last_sent, seq) WHERE last_sent IS NOT NULL;
CREATE TABLE campaign_activities (
    campaign_activity_id TEXT PRIMARY KEY, campaign_id TEXT NOT NULL, role TEXT NOT NULL,
    format_type INTEGER NOT NULL, from_name TEXT NOT NULL, from_email TEXT NOT NULL,
    reply_to_email TEXT NOT NULL, subject TEXT NOT NULL, preheader TEXT, html_content TEXT,
    footer TEXT, permalink_url TEXT, contact_list_ids TEXT NOT NULL, segment_ids TEXT NOT NULL,
    document_id TEXT, document_properties TEXT, engagement TEXT,
    scheduled_date INTEGER, status_before TEXT) STRICT;
CREATE INDEX campaign_activities_by_campaign ON campaign_activities (campaign_id);
CREATE TABLE ab_tests (
    campaign_activity_id TEXT PRIMARY KEY, alternative_subject TEXT NOT NULL, test_size INTEGER NOT NULL,
    winner_wait_duration INTEGER NOT NULL, begun INTEGER, winner TEXT CHECK (winner IN ('A', 'B'))) STRICT;
CREATE TABLE resends (
    campaign_activity_id TEXT PRIMARY KEY, resend_activity_id TEXT NOT NULL UNIQUE,
    resend_subject TEXT NOT NULL, delay_minutes INTEGER NOT NULL, resend_request_id INTEGER,
    status TEXT NOT NULL, resend_date INTEGER) STRICT;
CREATE TABLE send_failures (
    seq INTEGER PRIMARY KEY, campaign_id TEXT, reason_code INTEGER NOT NULL, times INTEGER NOT NULL) STRICT;
CREATE TABLE test_mails (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, campaign_activity_id TEXT NOT NULL,
    email_addresses TEXT NOT NULL, mail TEXT NOT NULL) STRICT;
CREATE TABLE sends (
    campaign_activity_id TEXT NOT NULL, send_id INTEGER NOT NULL, contact_list_ids TEXT NOT NULL,
    segment_ids TEXT NOT NULL, count INTEGER NOT NULL, run_date INTEGER NOT NULL,
    send_status TEXT NOT NULL, reason_code INTEGER NOT NULL, finished INTEGER NOT NULL,
    PRIMARY KEY (campaign_activity_id, send_id)) STRICT;
CREATE TRIGGER note_last_sent AFTER INSERT ON sends WHEN new.count > 0 BEGIN
    UPDATE campaigns SET last_sent = coalesce(max(last_sent, new.run_date), new.run_date) WHERE campaign_id =
    (SELECT campaign_id FROM campaign_activities WHERE campaign_activity_id = new.campaign_activity_id); END;
CREATE TABLE activities (
    seq INTEGER PRIMARY KEY, activity_id TEXT NOT NULL UNIQUE, job TEXT NOT NULL, request TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('initialized', 'processing', 'completed', 'cancelled', 'failed', 'timed_out')),
    percent_done INTEGER NOT NULL, errors TEXT NOT NULL, counts TEXT NOT NULL,
    file_name TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    started_at INTEGER, completed_at INTEGER) STRICT;
CREATE INDEX activities_by_state ON activities (state, created_at);
CREATE INDEX activities_by_creation ON activities (created_at);
CREATE TABLE export_parts (
    activity_id TEXT NOT NULL, position INTEGER NOT NULL, lines TEXT NOT NULL,
    PRIMARY KEY (activity_id, position)) WITHOUT ROWID, STRICT;
CREATE TABLE imports (
    activity_id TEXT PRIMARY KEY, import_lines TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE timeline (
    due INTEGER NOT NULL, seq INTEGER PRIMARY KEY, event TEXT NOT NULL, reference TEXT NOT NULL,
    machine_due INTEGER) STRICT;
CREATE INDEX timeline_by_due ON timeline (due, seq);
CREATE INDEX timeline_by_machine ON timeline (machine_due) WHERE machine_due IS NOT NULL;
CREATE INDEX timeline_by_reference ON timeline (reference);
CREATE TABLE contacts (
    contact INTEGER PRIMARY KEY, contact_id TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
    email_address TEXT, email_key TEXT UNIQUE, permission_to_send TEXT,
    opt_in_source TEXT, opt_in_date INTEGER, opt_out_source TEXT, opt_out_date INTEGER, opt_out_reason TEXT,
    confirm_status TEXT NOT NULL DEFAULT 'off', resubscribe_list_ids TEXT,
    email_created_at INTEGER, email_updated_at INTEGER,
    first_name TEXT, last_name TEXT, job_title TEXT, company_name TEXT,
    birthday_month INTEGER, birthday_day INTEGER, anniversary TEXT,
    phone_numbers TEXT NOT NULL DEFAULT '[]', notes TEXT NOT NULL DEFAULT '[]',
    sms_channel TEXT, sms_key TEXT, sms_status TEXT NOT NULL DEFAULT 'not_set',
    sms_history TEXT NOT NULL DEFAULT '[]',
    create_source TEXT, update_source TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER,
    CHECK ((status = 'deleted') = (deleted_at IS NOT NULL))) STRICT;
CREATE INDEX contacts_by_status ON contacts (status);
CREATE TABLE former_addresses (
    contact INTEGER NOT NULL, until INTEGER NOT NULL, email_address TEXT NOT NULL,
    PRIMARY KEY (contact, until)) WITHOUT ROWID, STRICT;
CREATE TRIGGER note_former_address AFTER UPDATE OF email_address ON contacts
WHEN old.email_address IS NOT NULL AND old.email_address IS NOT new.email_address BEGIN
    INSERT OR IGNORE INTO former_addresses VALUES (old.contact, new.updated_at, old.email_address); END;
CREATE INDEX contacts_by_consent ON contacts (permission_to_send, status);
CREATE TABLE consents (
    permission TEXT PRIMARY KEY, contacts INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TRIGGER count_new_consent AFTER INSERT ON contacts WHEN new.status != 'deleted' BEGIN
    INSERT INTO consents VALUES (coalesce(new.permission_to_send, ''), 1)
    ON CONFLICT DO UPDATE SET contacts = contacts + 1; END;
CREATE TRIGGER count_former_consent AFTER DELETE ON contacts WHEN old.status != 'deleted' BEGIN
    UPDATE consents SET contacts = contacts - 1 WHERE permission = coalesce(old.permission_to_send, ''); END;
CREATE TRIGGER count_consent_before AFTER UPDATE OF permission_to_send, status ON contacts
WHEN old.status != 'deleted' BEGIN
    UPDATE consents SET contacts = contacts - 1 WHERE permission = coalesce(old.permission_to_send, ''); END;
CREATE TRIGGER count_consent_after AFTER UPDATE OF permission_to_send, status ON contacts
WHEN new.status != 'deleted' BEGIN
    INSERT INTO consents VALUES (coalesce(new.permission_to_send, ''), 1)
    ON CONFLICT DO UPDATE SET contacts = contacts + 1; END;
CREATE INDEX contacts_by_creation ON contacts (created_at);
CREATE INDEX contacts_by_change ON contacts (updated_at);
CREATE INDEX contacts_by_opt_in ON contacts (opt_in_date, status) WHERE opt_in_date IS NOT NULL;
CREATE INDEX contacts_by_opt_out ON contacts (opt_out_date) WHERE opt_out_date IS NOT NULL;
CREATE INDEX contacts_by_sms_status ON contacts (sms_status) WHERE sms_status != 'not_set';
CREATE UNIQUE INDEX contacts_by_sms ON contacts (sms_key) WHERE sms_key IS NOT NULL;
CREATE TABLE street_addresses (
    contact INTEGER NOT NULL, position INTEGER NOT NULL, street_address_id TEXT NOT NULL, kind TEXT NOT NULL,
    street TEXT, city TEXT, state TEXT, postal_code TEXT, country TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (contact, position)) WITHOUT ROWID, STRICT;
CREATE TABLE memberships (
    list_id TEXT NOT NULL, contact INTEGER NOT NULL, PRIMARY KEY (list_id, contact)) WITHOUT ROWID, STRICT;
CREATE INDEX memberships_by_contact ON memberships (contact);
CREATE TABLE taggings (
    tag_id TEXT NOT NULL, contact INTEGER NOT NULL, PRIMARY KEY (tag_id, contact)) WITHOUT ROWID, STRICT;
CREATE INDEX taggings_by_contact ON taggings (contact);
CREATE TABLE field_values (
    custom_field_id TEXT NOT NULL, contact INTEGER NOT NULL, value TEXT NOT NULL, choice_ids TEXT,
    PRIMARY KEY (custom_field_id, contact)) WITHOUT ROWID, STRICT;
CREATE INDEX field_values_by_contact ON field_values (contact);
CREATE TABLE deliveries (
    campaign_activity_id TEXT NOT NULL, contact INTEGER NOT NULL, send_id INTEGER NOT NULL,
    at INTEGER NOT NULL, arm TEXT CHECK (arm IN ('A', 'B')),
    PRIMARY KEY (campaign_activity_id, contact)) WITHOUT ROWID, STRICT;
CREATE INDEX deliveries_by_time ON deliveries (campaign_activity_id, at, contact);
CREATE INDEX deliveries_by_contact ON deliveries (contact, at);
CREATE TABLE links (
    campaign_activity_id TEXT NOT NULL, url_id INTEGER NOT NULL, url TEXT NOT NULL,
    PRIMARY KEY (campaign_activity_id, url_id)) WITHOUT ROWID, STRICT;
CREATE TABLE engagements (
    seq INTEGER PRIMARY KEY, campaign_activity_id TEXT NOT NULL, contact INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('open', 'click', 'forward', 'optout', 'bounce')),
    at INTEGER NOT NULL, detail TEXT,
    device TEXT CHECK (device IN ('computer', 'mobile', 'tablet', 'other'))) STRICT;
CREATE INDEX engagements_by_activity ON engagements (campaign_activity_id, kind, contact, at);
CREATE INDEX engagements_by_time ON engagements (campaign_activity_id, kind, at);
CREATE INDEX engagements_by_contact ON engagements (contact, kind, at);
CREATE TABLE quotas (
    client_id TEXT PRIMARY KEY, day INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE signing_keys (kid TEXT PRIMARY KEY, p TEXT NOT NULL, q TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE applications (
    client_id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('confidential', 'public', 'partner')),
    secret TEXT, redirect_uris TEXT NOT NULL, scopes TEXT,
    refresh TEXT NOT NULL CHECK (refresh IN ('rotating', 'long_lived')),
    active INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE grants (
    grant_id TEXT PRIMARY KEY, client_id TEXT NOT NULL, user TEXT, scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL, refresh_token TEXT UNIQUE, refreshed_at INTEGER) WITHOUT ROWID, STRICT;
CREATE INDEX grants_by_application ON grants (client_id);
CREATE TABLE authorization_codes (
    code TEXT PRIMARY KEY, client_id TEXT NOT NULL, user TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL, challenge TEXT, nonce TEXT, expires_at INTEGER NOT NULL,
    grant_id TEXT) WITHOUT ROWID, STRICT;
CREATE TABLE device_codes (
    device_code TEXT PRIMARY KEY, user_code TEXT NOT NULL, client_id TEXT NOT NULL, scopes TEXT NOT NULL,
    expires_at INTEGER NOT NULL, interval INTEGER NOT NULL, polled_at INTEGER, machine_polled_at INTEGER,
    decision TEXT NOT NULL CHECK (decision IN ('pending', 'approved', 'denied')), user TEXT,
    grant_id TEXT) WITHOUT ROWID, STRICT;
CREATE INDEX device_codes_by_user_code ON device_codes (user_code);
CREATE TABLE partnership (
    id INTEGER PRIMARY KEY CHECK (id = 1), managed INTEGER NOT NULL, single_billing INTEGER NOT NULL,
    sso INTEGER NOT NULL) STRICT;
CREATE TABLE plan_groups (
    seq INTEGER PRIMARY KEY, plan_group_id INTEGER NOT NULL, plan_type TEXT NOT NULL,
    UNIQUE (plan_group_id, plan_type)) STRICT;
CREATE TABLE client_accounts (
    seq INTEGER PRIMARY KEY, encoded_account_id TEXT NOT NULL UNIQUE, provision_uuid TEXT NOT NULL,
    provision TEXT NOT NULL, listed INTEGER NOT NULL, other_partner INTEGER NOT NULL,
    managed INTEGER NOT NULL, single_billing INTEGER NOT NULL, disabled INTEGER NOT NULL,
    plan_type TEXT NOT NULL, plan_group_id INTEGER NOT NULL,
    billing_status TEXT NOT NULL CHECK (billing_status IN ('Trial', 'Open', 'Canceled', 'Trial End')),
    billing_day_of_month INTEGER, tier INTEGER NOT NULL, cancel_reason_id INTEGER, cancel_date INTEGER,
    subscriber_count INTEGER NOT NULL, organization_name TEXT, created_at INTEGER NOT NULL,
    file INTEGER, next_due INTEGER, next_machine_due INTEGER) STRICT;
CREATE INDEX client_accounts_by_due ON client_accounts (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX client_accounts_by_machine ON client_accounts (next_machine_due)
    WHERE next_machine_due IS NOT NULL;
CREATE TABLE client_users (
    seq INTEGER PRIMARY KEY, encoded_account_id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
    role_name TEXT NOT NULL CHECK (role_name IN ('account_owner', 'account_manager', 'campaign_creator')),
    contact_email TEXT NOT NULL, email_key TEXT NOT NULL, external_id TEXT, external_provider TEXT,
    first_name TEXT, last_name TEXT, created_at INTEGER NOT NULL) STRICT;
CREATE INDEX client_users_by_name ON client_users (name_key);
CREATE INDEX client_users_by_account ON client_users (encoded_account_id, email_key);
CREATE INDEX client_users_by_external ON client_users (external_id, external_provider);
CREATE TABLE webhooks (
    api_key TEXT NOT NULL, topic_id INTEGER NOT NULL CHECK (topic_id BETWEEN 1 AND 4),
    hook_uri TEXT NOT NULL, origin TEXT NOT NULL,
    PRIMARY KEY (api_key, topic_id)) WITHOUT ROWID, STRICT;
CREATE TABLE notifications (
    n INTEGER PRIMARY KEY, api_key TEXT NOT NULL, topic_id INTEGER NOT NULL,
    hook_uri TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL,
    delivery TEXT NOT NULL CHECK (delivery IN ('kept', 'pending', 'delivered', 'failed')),
    attempts TEXT NOT NULL) STRICT;
CREATE INDEX notifications_by_delivery ON notifications (delivery) WHERE delivery = 'pending';
"""

# In the order in which a dump lists them. `meta` and `quotas` are not among them: they are the server's own.
TABLES = (
    "counters", "account_emails", "lists", "tags", "custom_fields", "choices", "segments", "evaluations",
    "campaigns", "campaign_activities", "ab_tests", "resends", "send_failures", "test_mails", "sends",
    "activities", "export_parts", "imports", "timeline", "contacts", "former_addresses",
    "street_addresses", "memberships", "taggings", "field_values", "deliveries", "links", "engagements",
    "signing_keys", "applications", "grants", "authorization_codes", "device_codes",
    "partnership", "plan_groups", "client_accounts", "client_users", "webhooks", "notifications",
)  # fmt: skip
