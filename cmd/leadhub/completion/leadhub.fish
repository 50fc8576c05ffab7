# leadhub: completion for fish.
#   now:         leadhub completion fish | source
#   for always:  leadhub completion fish > ~/.config/fish/completions/leadhub.fish
function __leadhub_answer
    set -l tokens (commandline -opc)
    set -l program (string replace -r '^~' $HOME -- $tokens[1])
    set -e tokens[1]
    $program __complete -- $tokens (commandline -ct) 2>/dev/null
end
function __leadhub_words
    __leadhub_answer | string match -v -- ':files'
end
function __leadhub_files
    __leadhub_answer | string match -q -- ':files'
end
complete -c leadhub -e
complete -c leadhub -f -a '(__leadhub_words)'
complete -c leadhub -n __leadhub_files -F
