#compdef leadhub
# leadhub: completion for zsh.
#   now:         source <(leadhub completion zsh)
#   for always:  leadhub completion zsh > ~/.zsh/_leadhub, with fpath=(~/.zsh $fpath) before compinit in ~/.zshrc
_leadhub() {
  local -a described
  local line value what files=''
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      files=1
      continue
    fi
    value=${line%%$'\t'*}
    what=${line#*$'\t'}
    described+=("${value//:/\\:}${what:+:$what}")
  done < <("${words[1]/#\~/$HOME}" __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( ${#described} )) && _describe -V leadhub described
  [[ -n $files ]] && _files
}
if [[ $funcstack[1] == _leadhub ]]; then
  _leadhub "$@"
else
  compdef _leadhub leadhub
fi
