// The languages of reports, and the messages of each but English, loaded when they are asked for.

export const OTHER_LANGUAGES = {
  de: () => import('../messages/de.messages.js'),
  zh: () => import('../messages/zh.messages.js'),
};

export type Language = 'en' | keyof typeof OTHER_LANGUAGES;

export const LANGUAGES = ['en', ...Object.keys(OTHER_LANGUAGES)] as readonly Language[];
