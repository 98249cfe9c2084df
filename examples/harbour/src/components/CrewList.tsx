// Who works here.
import { crew } from '../data'

type Member = (typeof crew)[number]

const CrewMember = ({ name, role, since }: Member) => (
  <>
    <dt>{name}</dt>
    <dd>
      {role}, since {since}
    </dd>
  </>
)

export function CrewList() {
  return (
    <dl className="crew">
      {crew.map((member) => (
        <CrewMember key={member.name} {...member} />
      ))}
    </dl>
  )
}
