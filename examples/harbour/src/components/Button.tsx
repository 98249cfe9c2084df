// The app's button.
import type { ComponentProps } from 'react'

type ButtonProps = ComponentProps<'button'> & { kind?: 'primary' | 'quiet' | 'danger' }

export function Button({ kind = 'primary', className = '', type = 'button', ...rest }: ButtonProps) {
  return <button {...rest} type={type} className={['button', `button-${kind}`, className].filter(Boolean).join(' ')} />
}
