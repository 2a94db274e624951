/** The mark: a bell whose clapper is a dot on a wire. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden>
      <path
        d="M16 4c-5.2 0-8.4 3.9-8.4 8.8 0 5.4-1.5 7.6-3 9.2h22.8c-1.5-1.6-3-3.8-3-9.2C24.4 7.900 21.200 4 16 4Z"
        fill="#C8911F"
      />
      <path d="M2 27h28" stroke="#C8911F" strokeWidth="2" strokeLinecap="round" />
      <circle cx="16" cy="27" r="3" fill="#C8911F" />
    </svg>
  );
}
