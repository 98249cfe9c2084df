// The lighthouse, inlined from its source text.
import lighthouse from '../assets/lighthouse.svg?raw'

export const Lighthouse = () => <div className="lighthouse" dangerouslySetInnerHTML={{ __html: lighthouse }} />
