import {
  Bell, Collection, DataBoard, DocumentChecked, Files, Finished, MapLocation, QuestionFilled, Setting, Upload,
} from '@element-plus/icons-vue'
import type { Component } from 'vue'
import type { Counts } from '@/api'

export interface NavItem {
  to: string
  label: string
  icon: Component
  permissions?: string[]
  count?: (counts: Counts) => number
  newWindow?: boolean
}

export const NAVIGATION: { label: string; items: NavItem[] }[] = [
  {
    label: 'nav.groupWork',
    items: [
      { to: '/todos', label: 'nav.todos', icon: Finished, count: (counts) => counts.todo },
      { to: '/cases', label: 'nav.cases', icon: Files },
      { to: '/whistles', label: 'nav.whistles', icon: Bell, count: (counts) => counts.whistles },
      {
        to: '/queue', label: 'nav.queue', icon: QuestionFilled, permissions: ['intake:queue:'],
        count: (counts) => counts.queue,
      },
    ],
  },
  {
    label: 'nav.groupDistrict',
    items: [
      { to: '/wall', label: 'nav.wall', icon: DataBoard, newWindow: true },
      { to: '/areas', label: 'nav.areas', icon: MapLocation },
      { to: '/responsibility', label: 'nav.responsibility', icon: Collection },
    ],
  },
  {
    label: 'nav.groupManage',
    items: [
      { to: '/imports', label: 'nav.imports', icon: Upload, permissions: ['intake:'] },
      { to: '/audit', label: 'nav.audit', icon: DocumentChecked, permissions: ['audit:'] },
      { to: '/admin', label: 'nav.admin', icon: Setting, permissions: ['org:user:change', 'org:channel:', 'org:stand_in:', 'calendars:'] },
    ],
  },
]
