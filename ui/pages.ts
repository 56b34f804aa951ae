// The list of pages: each is loaded when it is first shown.
import type { ComponentType } from 'preact'
import type { IconName } from './parts/icon.tsx'
import type { Word } from './words.ts'

/** A page: `key` goes there after `g`. */
export interface Page {
  readonly name: string
  readonly title: Word
  readonly icon: IconName
  readonly key: string
  readonly group: Word
  load(): Promise<{ readonly Page: ComponentType }>
}

/** Every page, in the order of the menu. */
export const pages: readonly Page[] = [
  {
    name: 'dashboard',
    title: 'page.dashboard',
    icon: 'gauge',
    key: 'd',
    group: 'group.talk',
    load: () => import('./pages/dashboard.tsx'),
  },
  {
    name: 'chat',
    title: 'page.chat',
    icon: 'chat',
    key: 'c',
    group: 'group.talk',
    load: () => import('./pages/chat.tsx'),
  },
  {
    name: 'sessions',
    title: 'page.sessions',
    icon: 'list',
    key: 's',
    group: 'group.talk',
    load: () => import('./pages/sessions.tsx'),
  },
  {
    name: 'approvals',
    title: 'page.approvals',
    icon: 'shield',
    key: 'a',
    group: 'group.talk',
    load: () => import('./pages/approvals.tsx'),
  },
  {
    name: 'channels',
    title: 'page.channels',
    icon: 'antenna',
    key: 'h',
    group: 'group.set',
    load: () => import('./pages/channels.tsx'),
  },
  {
    name: 'agents',
    title: 'page.agents',
    icon: 'person',
    key: 'e',
    group: 'group.set',
    load: () => import('./pages/agents.tsx'),
  },
  {
    name: 'models',
    title: 'page.models',
    icon: 'coins',
    key: 'm',
    group: 'group.set',
    load: () => import('./pages/models.tsx'),
  },
  {
    name: 'cron',
    title: 'page.cron',
    icon: 'clock',
    key: 'j',
    group: 'group.set',
    load: () => import('./pages/cron.tsx'),
  },
  {
    name: 'skills',
    title: 'page.skills',
    icon: 'spark',
    key: 'k',
    group: 'group.set',
    load: () => import('./pages/skills.tsx'),
  },
  {
    name: 'webhooks',
    title: 'page.webhooks',
    icon: 'hook',
    key: 'w',
    group: 'group.set',
    load: () => import('./pages/webhooks.tsx'),
  },
  {
    name: 'devices',
    title: 'page.devices',
    icon: 'device',
    key: 'v',
    group: 'group.see',
    load: () => import('./pages/devices.tsx'),
  },
  {
    name: 'config',
    title: 'page.config',
    icon: 'sliders',
    key: 'o',
    group: 'group.see',
    load: () => import('./pages/config.tsx'),
  },
  {
    name: 'logs',
    title: 'page.logs',
    icon: 'lines',
    key: 'l',
    group: 'group.see',
    load: () => import('./pages/logs.tsx'),
  },
  {
    name: 'activity',
    title: 'page.activity',
    icon: 'pulse',
    key: 'y',
    group: 'group.see',
    load: () => import('./pages/activity.tsx'),
  },
]
