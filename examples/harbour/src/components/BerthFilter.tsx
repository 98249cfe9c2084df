// What the skipper is looking for.
import { useHarbour, wish } from '../store'

export function BerthFilter() {
  const { state, dispatch } = useHarbour()
  const { onlyFree, minLength, text } = state.wish
  return (
    <form className="filter" onSubmit={(event) => event.preventDefault()}>
      <label>
        Search
        <input type="search" value={text} onChange={(event) => dispatch(wish({ text: event.target.value }))} />
      </label>
      <label>
        At least {minLength} m
        <input
          type="range"
          min={0}
          max={18}
          value={minLength}
          onChange={({ currentTarget }) => dispatch(wish({ minLength: currentTarget.valueAsNumber }))}
        />
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={onlyFree}
          onChange={({ currentTarget: { checked } }) => dispatch(wish({ onlyFree: checked }))}
        />
        Only free ones
      </label>
    </form>
  )
}
