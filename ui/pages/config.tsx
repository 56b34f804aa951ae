// The page config.
import { PageHead } from '../parts/bits.tsx'
import { t } from '../words.ts'

export const Page = () => <PageHead title={t('page.config')} />
