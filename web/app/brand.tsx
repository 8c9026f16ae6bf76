/** The product mark: a shield that holds an open book. Decorative; its neighbour says the name. */
export function Mark({ size = 30, onColour = false }: { size?: number; onColour?: boolean }) {
  const shield = onColour ? '#ffffff' : '#0958d9';
  const book = onColour ? '#0958d9' : '#ffffff';
  return (
    <svg width={size} height={size} viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <path fill={shield} d="M20 2 5 7.2v11.3c0 9.4 6.2 16.4 15 19.5 8.8-3.1 15-10.1 15-19.5V7.2Z" />
      <path
        fill={book}
        d="M19 14.5c-2.2-1.8-5-2.5-8.5-2.3v12.6c3.5-.2 6.3.5 8.5 2.3Zm2 0c2.2-1.8 5-2.5 8.5-2.3v12.6c-3.5-.2-6.3.5-8.5 2.3Z"
      />
    </svg>
  );
}
