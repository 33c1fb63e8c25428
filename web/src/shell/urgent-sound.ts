const NOTES_HZ = [880, 660, 880];
const NOTE_S = 0.18;
const LOUDNESS = 0.25;

let context: AudioContext | null = null;

/** Three short notes. A browser that nobody has touched yet stays silent: the badge and the toast are there all the same. */
export function playUrgent(): void {
  context ??= new AudioContext();
  void context.resume();
  const began = context.currentTime;
  NOTES_HZ.forEach((frequency, index) => {
    if (context === null) return;
    const note = new OscillatorNode(context, { type: "triangle", frequency });
    const gain = new GainNode(context, { gain: LOUDNESS });
    note.connect(gain).connect(context.destination);
    note.start(began + index * NOTE_S);
    note.stop(began + (index + 0.8) * NOTE_S);
  });
}
