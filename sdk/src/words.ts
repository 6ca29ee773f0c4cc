/** What the chat says of itself, in the language of the page. */

export interface Words {
  readonly title: string
  readonly open: string
  readonly close: string
  readonly label: string
  readonly send: string
  readonly offline: string
  readonly sending: string
  readonly failed: string
  readonly choices: string
  readonly you: string
  readonly bot: string
  readonly agent: string
  readonly empty: string
  /** The agent's name stands for the dots. */
  readonly typing: string
}

const english: Words = {
  title: 'Chat',
  open: 'Open chat',
  close: 'Close chat',
  label: 'Your message',
  send: 'Send',
  offline: 'Connecting … what you write is kept and sent.',
  sending: 'sending',
  failed: 'not sent',
  choices: 'Answers to choose from',
  you: 'You',
  bot: 'Assistant',
  agent: 'Adviser',
  empty: 'How can we help?',
  typing: '… is typing',
}

const german: Words = {
  title: 'Chat',
  open: 'Chat öffnen',
  close: 'Chat schließen',
  label: 'Ihre Nachricht',
  send: 'Senden',
  offline: 'Verbindung wird aufgebaut … Ihre Nachrichten gehen nicht verloren.',
  sending: 'wird gesendet',
  failed: 'nicht gesendet',
  choices: 'Antworten zur Auswahl',
  you: 'Sie',
  bot: 'Assistent',
  agent: 'Beratung',
  empty: 'Wie können wir helfen?',
  typing: '… schreibt gerade',
}

export function wordsFor(language: string): Words {
  return language.toLowerCase().startsWith('de') ? german : english
}
