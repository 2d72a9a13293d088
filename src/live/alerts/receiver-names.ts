// Names the receivers of live findings, by their type in the receivers file. The help lists the names.

/** Chats with a webhook that has no other field than its URL. */
const CHATS = { slack: 'Slack', teams: 'Teams', mattermost: 'Mattermost' } as const;
export const CHAT_TYPES = Object.keys(CHATS) as (keyof typeof CHATS)[];
export const CHATS_AND_PAGERS = [...Object.values(CHATS), 'PagerDuty'].join(', ');
