# leadhub: completion for bash.
#   now:         source <(leadhub completion bash)
#   for always:  leadhub completion bash > ~/.local/share/bash-completion/completions/leadhub
_leadhub() {
  local -a words=()
  local i word glue='' current before line reply
  # bash takes words apart at = and : ; they belong together.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ ${#words[@]} -gt 0 && ( -n $glue || $word =~ ^[=:]+$ ) ]]; then
      words[${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    glue=''
    [[ $word =~ ^[=:]+$ ]] && glue=1
  done
  current=${words[${#words[@]}-1]}
  # What stands before the last = or : is there already.
  before=''
  [[ $current =~ ^(.*[=:]) ]] && before=${BASH_REMATCH[1]}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r reply; do
        COMPREPLY+=("$reply")
      done < <(compgen -f -- "${current#"$before"}")
      continue
    fi
    reply=${line%%$'\t'*}
    COMPREPLY+=("${reply#"$before"}")
  done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete -- "${words[@]}" 2>/dev/null)
}
complete -F _leadhub leadhub
