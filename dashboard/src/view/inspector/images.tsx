import { reads } from '../../data/api.ts';

const IMAGE = /\[image (images\/[0-9a-f]{64}\.(?:png|jpg|gif|webp)), \d+ bytes\]/g;

/** Images that a tool answered with; they were lifted out of the line into artifacts. */
export function OutputImages({ adwId, text, label }: { adwId: string; text: string; label: string }) {
  const paths = [...text.matchAll(IMAGE)].map(match => match[1]!);
  if (paths.length === 0) return null;
  return (
    <div class="output-images">
      {paths.map(path => (
        <a key={path} href={reads.artifactUrl(adwId, path)} target="_blank" rel="noopener noreferrer">
          <img src={reads.artifactUrl(adwId, path)} alt={`Answered by ${label}`} loading="lazy" />
        </a>
      ))}
    </div>
  );
}
