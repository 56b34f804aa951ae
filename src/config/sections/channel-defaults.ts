// What all channels have in common: `channels.defaults`.
import { flag, group, maybe, word } from '../fields.ts'

/** The `channels.defaults` fields, for whoever joins the channels. */
export const channelDefaults = group('what every channel has unless it says otherwise', {
  groupPolicy: word(['open', 'disabled', 'allowlist'], 'in which groups we listen'),
  heartbeat: maybe('what is shown of heartbeats', {
    showOk: flag('that all is well'),
    showAlerts: flag('that something is to be told'),
    useIndicator: flag('signs of typing and the like'),
  }),
})
